import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, DatabaseError } from 'pg';
import { ADVISORY_LOCKS } from '../advisory-locks.ts';
import { stopPostmaster } from './postmaster.ts';
import { connect, disconnect } from './socket.ts';

const RETAKE_MS = 250;
/** A PostgreSQL that is started while its last users leave: so long they wait for it, to stop it. */
const STARTS_WITHIN_MS = 3_000;
const POLL_MS = 10;

/** Whatever starts PostgreSQL where none is. */
export interface Starter {
  /** Spawns a postmaster whenever none is there. */
  ensureRunning(): Promise<void>;
  /** Whether one is there, be it that it starts only. */
  isThere(): Promise<boolean>;
}

/**
 * Connects to the database `postgres`, which always exists, takes the shared lock, and makes sure that the database `clicktocall` exists.
 *
 * @throws Error when PostgreSQL cannot be used right now: it does not run, it starts, or somebody is stopping it.
 */
export async function takeHold(folder: string): Promise<Client> {
  const client = await connect(folder, 'postgres');
  try {
    if (!(await tryLock(client, 'pg_try_advisory_lock_shared'))) {
      throw new Error('another process is stopping PostgreSQL');
    }
    await ensureDatabase(client);
    // The lock alone proves too little: a last user that is stopping PostgreSQL loses its exclusive lock a moment
    // before this connection is cut. A stopping PostgreSQL accepts no new connection, though; and once one has
    // been accepted under the shared lock, nobody can begin to stop it.
    disconnect(await connect(folder, 'clicktocall'));
    return client;
  } catch (error) {
    disconnect(client);
    throw error;
  }
}

/**
 * Keeps the lock that `first` holds until the returned function is called. PostgreSQL may crash and recover on
 * its own in between, which drops all locks: each user then takes its own again, lest the first to leave stop the
 * database under the others. A postmaster that is gone altogether is started again.
 */
export function keepHold(
  folder: string,
  first: Client,
  { ensureRunning, isThere }: Starter,
): () => Promise<void> {
  const leaving = new AbortController();
  let held: Client | undefined;
  let retaking: Promise<void> | undefined;

  function keep(client: Client): void {
    held = client;
    client.once('end', () => {
      held = undefined;
      retaking = retake();
    });
  }

  async function retake(): Promise<void> {
    while (!held) {
      await sleep(RETAKE_MS, undefined, { ref: false, signal: leaving.signal }).catch(() => {});
      if (leaving.signal.aborted) return;
      const client = await takeHold(folder).catch(() => undefined);
      if (client) keep(client);
      else if (!leaving.signal.aborted) await ensureRunning().catch(() => {}); // tried again in a moment
    }
  }

  keep(first);
  return async () => {
    leaving.abort();
    // A hold that is being taken counts for others and for ourselves: with it, nobody would be the last.
    await retaking;
    if (held && (await leave(folder, held))) return;
    const again = await connectOnceStarted();
    if (again) await leave(folder, again);
  };

  /** @returns undefined when there is nothing to connect to */
  async function connectOnceStarted(): Promise<Client | undefined> {
    const deadline = performance.now() + STARTS_WITHIN_MS;
    do {
      const client = await connect(folder, 'postgres').catch(() => undefined);
      if (client) return client;
      await sleep(POLL_MS);
    } while (performance.now() < deadline && (await isThere()));
    return undefined;
  }
}

/** Stops PostgreSQL if nobody else uses it. Returns false when the connection broke before that was known. */
async function leave(folder: string, client: Client): Promise<boolean> {
  try {
    await client.query('SELECT pg_advisory_unlock_all()');
    const last = await tryLock(client, 'pg_try_advisory_lock');
    // The exclusive lock is kept until PostgreSQL cuts the connection: whoever comes meanwhile sees it and waits.
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
    ADVISORY_LOCKS.embeddedUsers,
  ]);
  return result.rows[0]?.taken === true;
}

async function ensureDatabase(client: Client): Promise<void> {
  const found = await client.query(`SELECT FROM pg_database WHERE datname = 'clicktocall'`);
  if (found.rowCount) return;
  try {
    await client.query('CREATE DATABASE clicktocall');
  } catch (error) {
    // 42P04 duplicate_database, 23505 unique_violation: another first start was faster.
    if (error instanceof DatabaseError && (error.code === '42P04' || error.code === '23505')) return;
    throw error;
  }
}
