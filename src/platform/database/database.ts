import pg from 'pg';
import { asDatabaseError, DatabaseTimedOut, DatabaseUnavailable } from './database-errors.ts';
import { type Listener, listen } from './listener.ts';
import { PipelinedClients } from './pipelined-clients.ts';
import { createSockets, watchForSilence } from './silence.ts';

/** A statement with the name under which each connection prepares it once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  /** May wait for a row that another one has locked: it has a connection to itself, not to hold up the rest. */
  readonly locks?: boolean;
  /** Does the work of many requests, and waits for nobody's lock: it has one of four connections for such alone. */
  readonly batch?: boolean;
  /** May take its time, and has many forms: it has a connection to itself, which plans it for its values and forgets it. */
  readonly search?: boolean;
}

/** Whatever runs statements: the database, or one transaction in it. */
export interface Queryable {
  /**
   * @throws DatabaseUnavailable (one of its kinds) when the database cannot be used now, InvalidInput for a value that
   *   cannot be stored, StatementRejected when PostgreSQL rejects the statement itself
   */
  query<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
}

/** How much of its connections of one kind a node uses now. */
export interface ConnectionUse {
  /**
   * `shared`: for many statements at once; `locking`: for those that may wait; `batch`: for those of many requests; `pool`: for
   * transactions and searches.
   */
  readonly kind: 'shared' | 'locking' | 'batch' | 'pool';
  readonly open: number;
  readonly busy: number;
  /** Whoever waits for one; for a shared one: statements on their way. */
  readonly waiting: number;
}

export interface Database extends Queryable {
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>;
  /** Hears notifications of a channel until closed; see listener.ts for what that promises. */
  listen(channel: string, hear: (payload: string) => void): Listener;
  /** For libraries that want a pool of their own kind. */
  readonly pool: pg.Pool;
  connections(): readonly ConnectionUse[];
  close(): Promise<void>;
}

/**
 * A request must not hang on a sick server. PostgreSQL gives up first, and rolls back, so that what was answered with an
 * error has not happened after all. That holds for statements that have their connection to themselves: behind others in a
 * pipeline PostgreSQL's time begins later than ours. A server that says nothing any more is noticed sooner, by silence.ts;
 * what it was sent before it may still carry out.
 */
const TIMEOUTS = {
  lock_timeout: 1_000,
  statement_timeout: 3_000,
  idle_in_transaction_session_timeout: 5_000,
  query_timeout: 5_000,
  connectionTimeoutMillis: 2_000,
};
const PIPELINED_CLIENTS = 4;
const LOCKING_CLIENTS = 16;
const BATCH_CLIENTS = 4;
const POOLED_CLIENTS = 10;

/** Connects lazily: nothing is opened before the first statement. */
export function connectDatabase(url: string): Database {
  const sockets = createSockets();
  const settings = {
    connectionString: url,
    ...TIMEOUTS,
    application_name: 'clicktocall',
    stream: sockets.stream,
  };
  const reading = new PipelinedClients(settings, PIPELINED_CLIENTS);
  const locking = createPool(settings, LOCKING_CLIENTS);
  const batch = createPool(settings, BATCH_CLIENTS);
  const pool = createPool(settings, POOLED_CLIENTS);

  const connections = (): ConnectionUse[] => [
    { kind: 'shared', ...reading.use() },
    { kind: 'locking', ...useOf(locking) },
    { kind: 'batch', ...useOf(batch) },
    { kind: 'pool', ...useOf(pool) },
  ];
  const watch = watchForSilence(settings, sockets, () => connections().some(({ busy }) => busy > 0));
  const refuseInSilence = () => {
    if (watch.isSilent()) throw new DatabaseTimedOut(new Error('the database says nothing'));
  };

  return {
    pool,
    async query(statement, values = []) {
      refuseInSilence();
      const own = statement.locks ? locking : statement.batch ? batch : statement.search ? pool : undefined;
      return own
        ? withClient(own, (client) => run(client, statement, values))
        : run(reading, statement, values);
    },
    async transaction(work) {
      refuseInSilence();
      return withClient(pool, (client, discard) => inTransaction(client, work, discard));
    },
    listen: (channel, hear) => listen(settings, channel, hear),
    connections,
    async close() {
      watch.close();
      await Promise.all([reading.close(), locking.end(), batch.end(), pool.end()]);
    },
  };
}

/**
 * A pool hands a client out a moment before its user can listen to it. When it is lost in that moment its next statement
 * says so; an error event that nobody hears ends the process.
 */
class PooledClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => {});
  }
}

function createPool(settings: pg.PoolConfig, max: number): pg.Pool {
  const pool = new pg.Pool({ ...settings, max, Client: PooledClient });
  pool.on('error', () => {}); // an idle client was lost: the pool has dropped it already, the next use connects anew
  return pool;
}

function useOf({ totalCount, idleCount, waitingCount }: pg.Pool): Omit<ConnectionUse, 'kind'> {
  return { open: totalCount, busy: totalCount - idleCount, waiting: waitingCount };
}

/** Lends a client to `work` alone. `discard` marks the client as unusable; so does an error without PostgreSQL's own state. */
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

/** What `work` throws passes unchanged; a client that cannot roll back is discarded, which rolls back as well. */
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
