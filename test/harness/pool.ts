import pg from 'pg';

/**
 * A pool for a test. Its end does not wait until its connections are closed: they may be cut when the test drops the database. And what
 * an idle connection fails with, the next statement fails with, too.
 */
export function createPool(connectionString: string, max = 10): pg.Pool {
  const pool = new pg.Pool({ connectionString, max });
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', () => {});
  return pool;
}
