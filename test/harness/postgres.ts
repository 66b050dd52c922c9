import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbedded } from '../../src/platform/database/embedded/embedded.ts';
import { migrate } from '../../src/platform/database/migrate.ts';
import { afterFile } from './clean-up.ts';
import { temporaryFolder } from './server-process.ts';
import { until } from './until.ts';

/** A PostgreSQL of a test's own, migrated, which syncs what it commits, and is started again whenever it ends. */
export interface Postgres {
  readonly url: string;
  /**
   * Ends the postmaster, waits until it is gone, and until another one answers: with SIGKILL it crashes, with SIGQUIT it
   * is an immediate shutdown, with SIGINT a fast one. @returns milliseconds from the signal until it answers
   */
  restart(signal: 'SIGKILL' | 'SIGQUIT' | 'SIGINT'): Promise<number>;
  /** Stops all of its processes, which then say nothing and take whatever they are sent. @returns what has them go on */
  stall(): () => void;
}

export async function startPostgres(): Promise<Postgres> {
  const folder = temporaryFolder();
  const embedded = await startEmbedded(folder);
  afterFile(() => embedded.release());
  await migrate(embedded.url);
  const postmaster = () => postmasterOf(join(folder, 'postgres'));

  return {
    url: embedded.url,
    async restart(signal) {
      const pid = postmaster();
      const started = performance.now();
      process.kill(pid, signal);
      await until('another postmaster answers', () => isOther(embedded.url, folder, pid), 30);
      return performance.now() - started;
    },
    stall() {
      const pids = [postmaster(), ...childrenOf(postmaster())];
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      return () => {
        for (const pid of pids) process.kill(pid, 'SIGCONT');
      };
    },
  };
}

async function isOther(url: string, folder: string, pid: number): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT');
    return postmasterOf(join(folder, 'postgres')) !== pid;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function postmasterOf(folder: string): number {
  return Number.parseInt(readFileSync(join(folder, 'postmaster.pid'), 'utf8'), 10);
}

/** As Linux lists them; the name of a process stands in brackets, and may hold anything. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [, parentOf] = status.slice(status.lastIndexOf(')') + 2).split(' ');
        return Number(parentOf) === parent;
      } catch {
        return false; // it has ended meanwhile
      }
    });
}
