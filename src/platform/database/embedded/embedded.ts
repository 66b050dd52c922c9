import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { prepareCluster } from './cluster.ts';
import { chooseLauncher, type Launcher } from './launcher.ts';
import { livePostmaster, logTail, type Spawned, spawnPostmaster } from './postmaster.ts';
import { connectionUrl, refuseLongSocketPath } from './socket.ts';
import { keepUseLock, type Starter, takeUseLock } from './use-lock.ts';

/** A PostgreSQL in the data folder, in use until `release` is called. */
export interface EmbeddedDatabase {
  /** Connection string for `pg` and libpq: role and database `clicktocall`, over a Unix socket. */
  readonly url: string;
  /**
   * Ends the use by this process, and stops PostgreSQL if no other process uses it. Waits up to about 8 s for the stop, and
   * 3 s more if PostgreSQL is still starting. Cuts all other connections, so close pools first. Never rejects; a second call
   * has no effect.
   */
  release(): Promise<void>;
}

export interface EmbeddedOptions {
  /** How long to wait until PostgreSQL accepts connections, in milliseconds. */
  readonly deadlineMs?: number;
}

const POLL_MS = 10;
const FIRST_RESPAWN_MS = 50;
const MAX_RESPAWN_MS = 1000;

/**
 * Starts PostgreSQL in `<dataDir>/postgres`, or uses the one that already runs there: several processes may use the folder at
 * the same time. PostgreSQL logs to `<dataDir>/postgres.log`.
 *
 * @throws Error if the path of the folder is too long for a socket, if the folder belongs to another user or contains something
 * else, if there is no PostgreSQL for this platform, or if PostgreSQL accepts no connection before the deadline
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
      return inUse(folder, await takeUseLock(folder), starter);
    } catch (error) {
      refuseForeignFolder(error, folder);
      lastError = error;
    }
    await starter.ensureRunning();
    await sleep(POLL_MS);
  }
  throw await timeoutError(parent, deadlineMs, lastError);
}

function inUse(folder: string, client: Client, starter: Starter): EmbeddedDatabase {
  const release = keepUseLock(folder, client, starter);
  let released: Promise<void> | undefined;
  return {
    url: connectionUrl(folder, 'clicktocall'),
    release: () => {
      released ??= release();
      return released;
    },
  };
}

/**
 * A surplus postmaster is harmless, because it finds the lock of the other and exits. So this need not be exact.
 */
function createStarter(parent: string, folder: string): Starter {
  let launcher: Launcher | undefined;
  let spawned: Spawned | undefined;
  let respawnMs = FIRST_RESPAWN_MS;
  let nextSpawn = 0;
  const isRunning = async () => spawned?.isRunning() || (await livePostmaster(folder)) !== undefined;
  return {
    isRunning,
    async ensureRunning() {
      const error = spawned?.error();
      if (error) throw error;
      if (performance.now() < nextSpawn || (await isRunning())) return;
      launcher ??= await chooseLauncher(parent, folder);
      await prepareCluster(parent, folder, launcher);
      spawned = await spawnPostmaster(folder, join(parent, 'postgres.log'), launcher);
      nextSpawn = performance.now() + respawnMs;
      respawnMs = Math.min(respawnMs * 2, MAX_RESPAWN_MS);
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

async function timeoutError(parent: string, deadlineMs: number, cause: unknown): Promise<Error> {
  const log = join(parent, 'postgres.log');
  const lines = await logTail(log);
  return new Error(
    `PostgreSQL accepted no connection within ${deadlineMs / 1000} s. Its log, ${log}, ends:\n${lines.join('\n')}`,
    { cause },
  );
}
