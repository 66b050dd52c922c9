import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, DatabaseError } from 'pg';
import { ADVISORY_LOCKS } from '../advisory-locks.ts';
import { stopPostmaster } from './postmaster.ts';
import { ensureServerRole } from './roles.ts';
import { connect, disconnect } from './socket.ts';

const RETAKE_MS = 250;
/** How long the last process waits for a PostgreSQL that is starting, to stop it. */
const START_TIMEOUT_MS = 3_000;
const POLL_MS = 10;

/** Starts PostgreSQL if it does not run. */
export interface Starter {
  /** Spawns a postmaster if none runs. */
  ensureRunning(): Promise<void>;
  /** Whether a postmaster runs or is starting, in this or another container. */
  isRunning(): Promise<boolean>;
}

/**
 * Connects to the database `postgres`, which always exists, takes the shared lock, and creates the database `clicktocall` and
 * the server's role if necessary.
 *
 * @throws Error if PostgreSQL does not run, is starting, or is being stopped
 */
export async function takeUseLock(folder: string): Promise<Client> {
  const client = await connect(folder, 'postgres');
  try {
    if (!(await tryLock(client, 'pg_try_advisory_lock_shared'))) {
      throw new Error('another process is stopping PostgreSQL');
    }
    await ensureDatabase(client);
    // The lock is not enough: a process that is stopping PostgreSQL loses its exclusive lock shortly before this connection is
    // cut. But a stopping PostgreSQL accepts no new connection, and once it accepts one under the shared lock, no process can
    // start to stop it.
    const owner = await connect(folder, 'clicktocall');
    await ensureServerRole(owner).finally(() => disconnect(owner));
    return client;
  } catch (error) {
    disconnect(client);
    throw error;
  }
}

/**
 * Keeps the lock of `first` until the returned function is called. If PostgreSQL crashes and recovers, all locks are lost, and
 * each process takes its lock again; otherwise the first process that ends would stop the database for the others. Starts a
 * postmaster that has exited.
 * @returns releases the lock, and stops PostgreSQL if no other process uses it
 */
export function keepUseLock(
  folder: string,
  first: Client,
  { ensureRunning, isRunning }: Starter,
): () => Promise<void> {
  const leaving = new AbortController();
  let connection: Client | undefined;
  let retaking: Promise<void> | undefined;

  function keep(client: Client): void {
    connection = client;
    client.once('end', () => {
      connection = undefined;
      retaking = retake();
    });
  }

  async function retake(): Promise<void> {
    while (!connection) {
      await sleep(RETAKE_MS, undefined, { ref: false, signal: leaving.signal }).catch(() => {});
      if (leaving.signal.aborted) return;
      const client = await takeUseLock(folder).catch(() => undefined);
      if (client) keep(client);
      else if (!leaving.signal.aborted) await ensureRunning().catch(() => {}); // the loop retries
    }
  }

  keep(first);
  return async () => {
    leaving.abort();
    // A lock that is being taken now would prevent every process from being the last.
    await retaking;
    if (connection && (await leave(folder, connection))) return;
    const again = await connectOnceStarted();
    if (again) await leave(folder, again);
  };

  /** @returns undefined if no PostgreSQL runs */
  async function connectOnceStarted(): Promise<Client | undefined> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    do {
      const client = await connect(folder, 'postgres').catch(() => undefined);
      if (client) return client;
      await sleep(POLL_MS);
    } while (performance.now() < deadline && (await isRunning()));
    return undefined;
  }
}

/** Stops PostgreSQL if no other process uses it. @returns false if the connection was lost before it could tell */
async function leave(folder: string, client: Client): Promise<boolean> {
  try {
    await client.query('SELECT pg_advisory_unlock_all()');
    const last = await tryLock(client, 'pg_try_advisory_lock');
    // Keeps the exclusive lock until PostgreSQL cuts the connection, so that new processes wait.
    if (last) await stopPostmaster(folder);
    return true;
  } catch {
    return false;
  } finally {
    disconnect(client);
  }
}

async function tryLock(
  client: Client,
  take: 'pg_try_advisory_lock' | 'pg_try_advisory_lock_shared',
): Promise<boolean> {
  const result = await client.query<{ taken: boolean }>(`SELECT ${take}($1) AS taken`, [
    ADVISORY_LOCKS.embeddedDatabase,
  ]);
  return result.rows[0]?.taken === true;
}

async function ensureDatabase(client: Client): Promise<void> {
  const existing = await client.query(`SELECT FROM pg_database WHERE datname = 'clicktocall'`);
  if (existing.rowCount) return;
  try {
    await client.query('CREATE DATABASE clicktocall');
  } catch (error) {
    // 42P04 duplicate_database, 23505 unique_violation: another process created it at the same time.
    if (error instanceof DatabaseError && (error.code === '42P04' || error.code === '23505')) return;
    throw error;
  }
}
