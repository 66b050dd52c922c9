import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, DatabaseError } from 'pg';
import { createDataFolder, DataFolderUnusable, inDataFolder, isDiskFull } from '../../data-folder.ts';
import { prepareCluster } from './cluster.ts';
import { takeClusterLock } from './cluster-lock.ts';
import { chooseLauncher, type Launcher } from './launcher.ts';
import { livePostmaster, logTail, type Spawned, spawnPostmaster } from './postmaster.ts';
import { OWNER, SERVER } from './roles.ts';
import { connectionUrl, isListening, refuseLongSocketPath } from './socket.ts';
import { keepUseLock, type Starter, takeUseLock } from './use-lock.ts';

/** A PostgreSQL in the data folder, in use until `release` is called. */
export interface EmbeddedDatabase {
  /**
   * Connection string for `pg` and libpq, over a Unix socket: the database `clicktocall`, and a role that reads and writes the rows
   * of tables that the owner creates in the schema `public`.
   */
  readonly url: string;
  /** The same for the owner, a superuser: to migrate the schema. */
  readonly ownerUrl: string;
  /**
   * Ends the use by this process, and stops PostgreSQL if no other process uses it. Waits up to about 8 s for the stop, and
   * 3 s more if PostgreSQL is still starting. Cuts all other connections, so close pools first. Never rejects; a second call
   * has no effect. Does not stop a PostgreSQL that runs in another container.
   */
  release(): Promise<void>;
}

export interface EmbeddedOptions {
  /** How long to wait until PostgreSQL accepts connections, in milliseconds. Time in which it recovers does not count. */
  readonly deadlineMs?: number;
}

const MIN_POLL_MS = 10;
const MAX_POLL_MS = 500;
const FIRST_RESPAWN_MS = 50;
const MAX_RESPAWN_MS = 1000;

/**
 * Starts PostgreSQL in `<dataDir>/postgres`, or uses the one that already runs there: several processes may use the folder at
 * the same time, also in several containers. PostgreSQL logs to `<dataDir>/postgres.log`.
 *
 * @throws Error if the path of the folder is too long for a socket, if the folder belongs to another user or contains something
 * else, if it is not writable, if there is no PostgreSQL for this platform, or if PostgreSQL accepts no connection before the
 * deadline
 */
export async function startEmbedded(
  dataDir: string,
  { deadlineMs = 30_000 }: EmbeddedOptions = {},
): Promise<EmbeddedDatabase> {
  const parent = resolve(dataDir);
  const folder = join(parent, 'postgres');
  refuseLongSocketPath(folder);
  await createDataFolder(parent);

  const starter = createStarter(parent, folder);
  const started = performance.now();
  let deadline = started + deadlineMs;
  let lastError: unknown;
  while (performance.now() < deadline) {
    try {
      return inUse(folder, await takeUseLock(folder), starter);
    } catch (error) {
      refuseForeignFolder(error, folder);
      if (isDiskFull(String(error))) throw new DataFolderUnusable(parent, 'ENOSPC', error);
      if (isRecovering(error)) deadline = performance.now() + deadlineMs;
      lastError = error;
    }
    if (await starter.exitedOnFullDisk()) throw new DataFolderUnusable(parent, 'ENOSPC', lastError);
    await starter.ensureRunning();
    // PostgreSQL logs each refused connection, so a long recovery is polled less often.
    const elapsed = performance.now() - started;
    await sleep(Math.min(Math.max(elapsed / 10, MIN_POLL_MS), MAX_POLL_MS));
  }
  throw await timeoutError(parent, deadlineMs, await starter.isLockedElsewhere(), lastError);
}

function inUse(folder: string, client: Client, starter: Starter): EmbeddedDatabase {
  const release = keepUseLock(folder, client, starter);
  let released: Promise<void> | undefined;
  return {
    url: connectionUrl(folder, 'clicktocall', SERVER),
    ownerUrl: connectionUrl(folder, 'clicktocall', OWNER),
    release: () => {
      released ??= release();
      return released;
    },
  };
}

interface LockingStarter extends Starter {
  /** Whether the postmaster that this process spawned has exited because the disk is full. */
  exitedOnFullDisk(): Promise<boolean>;
  /** Whether PostgreSQL runs, but was started by another process. */
  isLockedElsewhere(): Promise<boolean>;
}

function createStarter(parent: string, folder: string): LockingStarter {
  let launcher: Launcher | undefined;
  let spawned: Spawned | undefined;
  let respawnMs = FIRST_RESPAWN_MS;
  let nextSpawn = 0;
  // A postmaster is seen by its process before it listens, and by its socket if it is in another container.
  const isRunning = async () =>
    spawned?.isRunning() || (await livePostmaster(folder)) !== undefined || isListening(folder);

  /** Spawns a postmaster, unless another process has the lock: it runs PostgreSQL, or is about to. */
  async function spawnLocked(): Promise<void> {
    const lock = await takeClusterLock(parent);
    if (!lock) return;
    try {
      launcher ??= await chooseLauncher(parent, folder);
      await prepareCluster(parent, folder, launcher);
      spawned = await spawnPostmaster(folder, join(parent, 'postgres.log'), launcher, lock);
    } finally {
      await lock.close();
    }
  }

  return {
    isRunning,
    async exitedOnFullDisk() {
      return spawned !== undefined && !spawned.isRunning() && isDiskFull(await spawned.output());
    },
    async isLockedElsewhere() {
      if (spawned?.isRunning()) return false;
      const lock = await takeClusterLock(parent);
      await lock?.close();
      return lock === undefined;
    },
    async ensureRunning() {
      const error = spawned?.error();
      if (error) throw error;
      if (performance.now() < nextSpawn || (await isRunning())) return;
      await inDataFolder(parent, spawnLocked);
      nextSpawn = performance.now() + respawnMs;
      respawnMs = Math.min(respawnMs * 2, MAX_RESPAWN_MS);
    },
  };
}

/** Whether PostgreSQL replays its log after a crash, which takes as long as it takes. */
function isRecovering(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '57P03' && !error.message.includes('shutting down');
}

function refuseForeignFolder(error: unknown, folder: string): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EACCES' && code !== 'EPERM') return;
  throw new Error(
    `${folder} belongs to another user: run as that user, choose another DATA_DIR or set DATABASE_URL`,
    { cause: error },
  );
}

async function timeoutError(
  parent: string,
  deadlineMs: number,
  lockedElsewhere: boolean,
  cause: unknown,
): Promise<Error> {
  const log = join(parent, 'postgres.log');
  const delay = `accepted no connection within ${deadlineMs / 1000} s`;
  if (lockedElsewhere) {
    return new Error(
      `another process or container runs the PostgreSQL in ${parent}, which ${delay}: stop it, or look into ${log}`,
      { cause },
    );
  }
  return new Error(`PostgreSQL ${delay}. Its log, ${log}, ends:\n${(await logTail(log)).join('\n')}`, {
    cause,
  });
}
