import pg from 'pg';
import { asDatabaseError, DatabaseTimedOut, DatabaseUnavailable } from './database-errors.ts';
import { type Listener, listen } from './listener.ts';
import { PipelinedClients } from './pipelined-clients.ts';
import { createSockets, watchForSilence } from './silence.ts';

/** A statement. Each connection prepares it once, under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  /** May wait for a row lock, so it has a connection to itself and does not delay other statements. */
  readonly locks?: boolean;
  /** Does the work of many requests and never waits for a lock. Uses one of eight connections for such statements. */
  readonly batch?: boolean;
  /** May be slow and has many forms, so it has a connection to itself, is planned for its values, and is not prepared. */
  readonly search?: boolean;
}

/** Runs statements: the database, or a transaction. */
export interface Queryable {
  /**
   * @throws DatabaseUnavailable, InvalidInput for a value that cannot be stored, StatementRejected for an invalid statement
   */
  query<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
}

/** The current use of one kind of connection on this node. */
export interface ConnectionUse {
  /**
   * `shared`: pipelines many statements; `locking`: statements that may wait; `batch`: statements for many requests; `pool`:
   * transactions and searches.
   */
  readonly kind: 'shared' | 'locking' | 'batch' | 'pool';
  readonly open: number;
  readonly busy: number;
  /** Requests that wait for a connection; for `shared`: statements in flight. */
  readonly waiting: number;
}

export interface Database extends Queryable {
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>;
  /** Calls `onNotification` for notifications on a channel until closed; see listener.ts for the guarantees. */
  listen(channel: string, onNotification: (payload: string) => void): Listener;
  /** For libraries that need a pool of `pg`. */
  readonly pool: pg.Pool;
  connections(): readonly ConnectionUse[];
  close(): Promise<void>;
}

/** Milliseconds, by the names of PostgreSQL's settings. */
export const SESSION_TIMEOUTS = {
  lock_timeout: 1_000,
  statement_timeout: 3_000,
  idle_in_transaction_session_timeout: 5_000,
};
/**
 * A request must not hang on an unhealthy database. PostgreSQL times out first and rolls back, so that a request that gets an
 * error had no effect. This holds for statements with a connection to themselves; in a pipeline, PostgreSQL's timeout starts
 * later than ours. silence.ts detects an unresponsive server sooner; such a server may still execute earlier statements.
 */
const TIMEOUTS = {
  ...SESSION_TIMEOUTS,
  query_timeout: 5_000,
  connectionTimeoutMillis: 2_000,
};
const KEEP_ALIVE_MS = 60_000;
const PIPELINED_CLIENTS = 4;
const LOCKING_CLIENTS = 16;
/** At most two each for opening calls, ending them, their transitions, and issuing tokens. */
const BATCH_CLIENTS = 8;
const POOLED_CLIENTS = 10;

/** Connects lazily: nothing is opened before the first statement. */
export function connectDatabase(url: string): Database {
  const sockets = createSockets();
  const settings = {
    connectionString: url,
    ...TIMEOUTS,
    application_name: 'clicktocall',
    stream: sockets.stream,
    // Pools keep connections that are idle for hours, which networks forget.
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  };
  const shared = new PipelinedClients(settings, PIPELINED_CLIENTS);
  const locking = createPool(settings, LOCKING_CLIENTS);
  const batch = createPool(settings, BATCH_CLIENTS);
  const pool = createPool(settings, POOLED_CLIENTS);

  const connections = (): ConnectionUse[] => [
    { kind: 'shared', ...shared.use() },
    { kind: 'locking', ...useOf(locking) },
    { kind: 'batch', ...useOf(batch) },
    { kind: 'pool', ...useOf(pool) },
  ];
  const watch = watchForSilence(settings, sockets, () => connections().some(({ busy }) => busy > 0));
  const refuseIfSilent = () => {
    if (watch.isSilent()) throw new DatabaseTimedOut(new Error('the database does not respond'));
  };

  return {
    pool,
    async query(statement, values = []) {
      refuseIfSilent();
      const ownPool = statement.locks
        ? locking
        : statement.batch
          ? batch
          : statement.search
            ? pool
            : undefined;
      return ownPool
        ? withClient(ownPool, (client) => run(client, statement, values))
        : run(shared, statement, values);
    },
    async transaction(work) {
      refuseIfSilent();
      return withClient(pool, (client, discard) => inTransaction(client, work, discard));
    },
    listen: (channel, onNotification) => listen(settings, channel, onNotification),
    connections,
    async close() {
      watch.close();
      await Promise.all([shared.close(), locking.end(), batch.end(), pool.end()]);
    },
  };
}

/**
 * A pool returns a client shortly before its user can listen to its events. If the connection is lost in between, the next
 * statement fails. Without a listener the error event would end the process.
 */
class PooledClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => {});
  }
}

/** Keeps its connections: a new one has to read the catalogue and to plan each statement, which delays the first calls after a quiet time. */
function createPool(settings: pg.PoolConfig, max: number): pg.Pool {
  const pool = new pg.Pool({ ...settings, max, idleTimeoutMillis: 0, Client: PooledClient });
  pool.on('error', () => {}); // an idle client was lost: the pool has removed it, and the next use connects again
  return pool;
}

function useOf({ totalCount, idleCount, waitingCount }: pg.Pool): Omit<ConnectionUse, 'kind'> {
  return { open: totalCount, busy: totalCount - idleCount, waiting: waitingCount };
}

/** Runs `work` with its own client. `discard` marks the client as unusable, and so does an error without an SQLSTATE. */
async function withClient<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient, discard: () => void) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error) => {
    throw asDatabaseError(error);
  });
  let broken = false;
  const discard = () => {
    broken = true;
  };
  client.on('error', discard);
  try {
    return await work(client, discard);
  } catch (error) {
    broken ||= error instanceof DatabaseUnavailable && error.sqlState === undefined;
    throw error;
  } finally {
    client.off('error', discard);
    client.release(broken);
  }
}

/** Rethrows errors of `work` unchanged. Discards a client that cannot roll back; PostgreSQL then rolls back as well. */
async function inTransaction<T>(
  client: pg.PoolClient,
  work: (tx: Queryable) => Promise<T>,
  discard: () => void,
): Promise<T> {
  try {
    await control(client, 'BEGIN');
    const result = await work({ query: (statement, values = []) => run(client, statement, values) });
    await control(client, 'COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(discard);
    throw error;
  }
}

async function control(client: pg.PoolClient, command: 'BEGIN' | 'COMMIT'): Promise<void> {
  await client.query(command).catch((error) => {
    throw asDatabaseError(error);
  });
}

async function run<Row extends object>(
  client: { query<Row extends object>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> },
  { name, text, search = false }: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  try {
    const result = await client.query<Row>({ ...(!search && { name }), text, values: [...values] });
    return result.rows;
  } catch (error) {
    throw asDatabaseError(error);
  }
}
