import pg from 'pg';
import { asDatabaseError } from './database-errors.ts';
import { PipelinedClients } from './pipelined-clients.ts';

/** A statement with the name under which each connection prepares it once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Whatever runs statements: the database, or one transaction in it. */
export interface Queryable {
  /** @throws DatabaseUnavailable (one of its kinds) whenever the statement could not be carried out */
  query<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Queryable {
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>;
  /** For libraries that want a pool of their own kind. */
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

/** Longer than any statement of ours takes on a healthy server; a request must not hang on a sick one. */
const STATEMENT_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 2_000;
const PIPELINED_CLIENTS = 4;
const POOLED_CLIENTS = 10;

/** Connects lazily: nothing is opened before the first statement. */
export function connectDatabase(url: string): Database {
  const settings = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'clicktocall',
  };
  const single = new PipelinedClients(settings, PIPELINED_CLIENTS);
  const pool = new pg.Pool({ ...settings, max: POOLED_CLIENTS });
  pool.on('error', () => {}); // an idle client was lost: the pool has dropped it already, the next use connects anew

  return {
    pool,
    query: (statement, values = []) => run(single, statement, values),
    async transaction(work) {
      const client = await pool.connect().catch((error) => {
        throw asDatabaseError(error);
      });
      let broken = false;
      try {
        await client.query('BEGIN');
        const result = await work({ query: (statement, values = []) => run(client, statement, values) });
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {
          broken = true;
        });
        throw asDatabaseError(error);
      } finally {
        client.release(broken);
      }
    },
    async close() {
      await Promise.all([single.close(), pool.end()]);
    },
  };
}

async function run<Row extends object>(
  client: { query<Row extends object>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> },
  { name, text }: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  try {
    const result = await client.query<Row>({ name, text, values: [...values] });
    return result.rows;
  } catch (error) {
    throw asDatabaseError(error);
  }
}
