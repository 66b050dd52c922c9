import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { prepareCluster } from './cluster.ts';
import { chooseLauncher, type Launcher } from './launcher.ts';
import { livePostmaster, logTail, type Spawned, spawnPostmaster } from './postmaster.ts';
import { connectionUrl, refuseLongSocketPath } from './socket.ts';
import { keepHold, type Starter, takeHold } from './users.ts';

/** A PostgreSQL that runs under the data folder, in use until `release` is called. */
export interface EmbeddedDatabase {
  /** A connection string for `pg` and for libpq: role and database `clicktocall`, over a Unix socket. */
  readonly url: string;
  /**
   * Ends this process's use, and stops PostgreSQL when nobody else uses it; waits at most about 8 s for that, and 3 more
   * for one that is only just being started. Every other connection is cut then, so close pools first. Never rejects;
   * a second call changes nothing.
   */
  release(): Promise<void>;
}

export interface EmbeddedOptions {
  /** How long to wait until PostgreSQL accepts connections, in milliseconds. */
  readonly deadlineMs?: number;
}

const POLL_MS = 10;
const FIRST_RESPAWN_MS = 50;
const LONGEST_RESPAWN_MS = 1000;

/**
 * Starts PostgreSQL in `<dataDir>/postgres`, or joins the one that already runs there: other processes may use
 * the folder at the same time. What PostgreSQL has to say goes to `<dataDir>/postgres.log`.
 *
 * @throws Error when the folder's path is too long for a socket, belongs to another user or holds something else,
 * when there is no PostgreSQL for this platform, or when none accepts connections before the deadline.
 */
export async function startEmbedded(
  dataDir: string,
  { deadlineMs = 30_000 }: EmbeddedOptions = {},
): Promise<EmbeddedDatabase> {
  const parent = resolve(dataDir);
  const folder = join(parent, 'postgres');
  refuseLongSocketPath(folder);
  await mkdir(parent, { recursive: true });

  const deadline = performance.now() + deadlineMs;
  const starter = createStarter(parent, folder);
  let lastError: unknown;
  while (performance.now() < deadline) {
    try {
      return inUse(folder, await takeHold(folder), starter);
    } catch (error) {
      refuseForeignFolder(error, folder);
      lastError = error;
    }
    await starter.ensureRunning();
    await sleep(POLL_MS);
  }
  throw await tooLate(parent, deadlineMs, lastError);
}

function inUse(folder: string, client: Client, starter: Starter): EmbeddedDatabase {
  const letGo = keepHold(folder, client, starter);
  let released: Promise<void> | undefined;
  return {
    url: connectionUrl(folder, 'clicktocall'),
    release: () => {
      released ??= letGo();
      return released;
    },
  };
}

/**
 * Spawning one too many is harmless (it meets the other's lock and exits), so this only has to be thrifty, not exact.
 */
function createStarter(parent: string, folder: string): Starter {
  let launcher: Launcher | undefined;
  let spawned: Spawned | undefined;
  let respawnMs = FIRST_RESPAWN_MS;
  let nextSpawn = 0;
  const isThere = async () => spawned?.isRunning() || (await livePostmaster(folder)) !== undefined;
  return {
    isThere,
    async ensureRunning() {
      const error = spawned?.error();
      if (error) throw error;
      if (performance.now() < nextSpawn || (await isThere())) return;
      launcher ??= await chooseLauncher(parent, folder);
      await prepareCluster(parent, folder, launcher);
      spawned = await spawnPostmaster(folder, join(parent, 'postgres.log'), launcher);
      nextSpawn = performance.now() + respawnMs;
      respawnMs = Math.min(respawnMs * 2, LONGEST_RESPAWN_MS);
    },
  };
}

function refuseForeignFolder(error: unknown, folder: string): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EACCES' && code !== 'EPERM') return;
  throw new Error(
    `${folder} belongs to another user: run as that user, choose another DATA_DIR or set DATABASE_URL`,
    { cause: error },
  );
}

async function tooLate(parent: string, deadlineMs: number, cause: unknown): Promise<Error> {
  const log = join(parent, 'postgres.log');
  const lines = await logTail(log);
  return new Error(
    `PostgreSQL accepted no connection within ${deadlineMs / 1000} s. Its log, ${log}, ends:\n${lines.join('\n')}`,
    { cause },
  );
}
