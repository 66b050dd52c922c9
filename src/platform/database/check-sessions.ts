import { PoolerUnsuitable } from './connection-problems.ts';
import { type Database, SESSION_TIMEOUTS } from './database.ts';
import { StatementRejected } from './database-errors.ts';

const DUPLICATE_PREPARED_STATEMENT = '42P05';

interface Session {
  readonly pid: number;
  /** The names of the timeouts that are longer than ours, or off. */
  readonly loose: readonly string[];
}

const READ_SESSION = {
  name: 'read_session',
  text: `SELECT pg_backend_pid() AS pid,
                ARRAY(SELECT ours.key FROM jsonb_each_text($1) ours JOIN pg_settings s ON s.name = ours.key
                       WHERE s.setting::bigint NOT BETWEEN 1 AND ours.value::bigint ORDER BY ours.key) AS loose`,
};

/**
 * Checks that each connection is a session of its own, with our timeouts. Behind a pooler in transaction mode, prepared
 * statements and LISTEN fail. Behind one that drops the timeouts, a request that gets an error may take effect later.
 * @throws PoolerUnsuitable
 */
export async function checkSessions(database: Database): Promise<void> {
  const values = [JSON.stringify(SESSION_TIMEOUTS)];
  const [one] = await database.query<Session>(READ_SESSION, values);
  const [other] = await database
    .query<Session>({ ...READ_SESSION, batch: true }, values)
    .catch((error: unknown) => {
      if (error instanceof StatementRejected && error.sqlState === DUPLICATE_PREPARED_STATEMENT) return [one];
      throw error;
    });
  if (one?.pid === other?.pid)
    throw new PoolerUnsuitable(
      'two connections share one session of PostgreSQL, as behind a pooler in transaction mode',
    );
  if (one && one.loose.length > 0)
    throw new PoolerUnsuitable(`a pooler drops the timeouts of connections (${one.loose.join(', ')})`);
}
