import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmptyDatabase, dropDatabase } from '../../harness/app.ts';
import { createPool } from '../../harness/pool.ts';
import { startServer } from '../../harness/server-process.ts';
import { until } from '../../harness/until.ts';

/** Connections that were opened after a time, and that ran the last function of a warm-up. */
const WARM = `
  SELECT count(*)::integer AS warm FROM pg_stat_activity
   WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '% move_each_call(%' AND backend_start > $1`;
const END_ALL = `
  SELECT pg_terminate_backend(pid), now() AS at FROM pg_stat_activity
   WHERE datname = current_database() AND pid <> pg_backend_pid()`;

test('the server warms up its connections at start, and after the database was away', async () => {
  const url = await createEmptyDatabase();
  const server = await startServer({ DATABASE_URL: url });
  const admin = createPool(url, 1);
  const areWarm = async (since: Date) => (await admin.query(WARM, [since])).rows[0].warm === 4;
  try {
    await until('warm', () => areWarm(new Date(0)));
    const { rows } = await admin.query<{ at: Date }>(END_ALL);
    assert.ok(rows[0]);
    await until('warm again', () => areWarm(rows[0]?.at ?? new Date()));
    assert.equal((await server.stop()).code, 0);
  } finally {
    await admin.end();
    await dropDatabase(url);
  }
});
