import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbedded } from '../../src/platform/database/embedded/embedded.ts';
import { migrate } from '../../src/platform/database/migrate.ts';
import { afterFile } from './clean-up.ts';
import { temporaryFolder } from './server-process.ts';
import { until } from './until.ts';

/** A migrated PostgreSQL of a test file, with durable commits. It restarts when it ends. */
export interface Postgres {
  readonly url: string;
  /**
   * Ends the postmaster, and waits until a new one responds. SIGKILL is a crash, SIGQUIT an immediate shutdown, SIGINT a fast one.
   * @returns milliseconds from the signal to the first response
   */
  restart(signal: 'SIGKILL' | 'SIGQUIT' | 'SIGINT'): Promise<number>;
  /** Suspends all its processes: connections stay open, but nothing responds. @returns a function that resumes the processes */
  stall(): () => void;
}

export async function startPostgres(): Promise<Postgres> {
  const folder = temporaryFolder();
  const embedded = await startEmbedded(folder);
  afterFile(() => embedded.release());
  await migrate(embedded.ownerUrl);
  const postmaster = () => postmasterOf(join(folder, 'postgres'));

  return {
    url: embedded.ownerUrl,
    async restart(signal) {
      const pid = postmaster();
      const started = performance.now();
      process.kill(pid, signal);
      await until('another postmaster responds', () => isOther(embedded.url, folder, pid), 30);
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

/** Reads /proc. The name of a process is in parentheses, and may contain anything. */
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
        return false; // the process has ended
      }
    });
}
