import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { createDatabase, dropDatabase, startNode } from '../harness/app.ts';
import { afterFile } from '../harness/clean-up.ts';
import { addUser } from '../harness/people.ts';
import { startServer } from '../harness/server-process.ts';
import { deliveriesOf, moveCall, openCallOf, WHOLE_LIFE } from './events.ts';
import { addHooked, typeOf } from './hooked.ts';
import { eventually, startReceiver } from './receiver.ts';

const databaseUrl = await createDatabase();
afterFile(() => dropDatabase(databaseUrl));
const env = { SINK_ALLOW_HOSTS: '127.0.0.1' };
const app = await startNode({ databaseUrl }, env);
await addUser(app, 'anna');

/** Cuts every connection of the server, as a database that goes away does. */
async function cutConnections(): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  await client.end();
}

test('deliveries go on by themselves when the database went away and came back', async () => {
  const { receiver, open } = await addHooked(app);
  for (let times = 0; times < 3; times++) await cutConnections();
  const id = await open();
  for (const state of WHOLE_LIFE) await moveCall(app, id, state);
  const received = await receiver.waitFor(5);
  assert.deepEqual(received.map(typeOf), ['initiating', ...WHOLE_LIFE]);
});

test('two nodes deliver each event once, in order', async () => {
  await startNode({ databaseUrl }, env);
  const { receiver, open } = await addHooked(app);
  const ids = await Promise.all(Array.from({ length: 20 }, () => open()));
  await Promise.all(
    ids.map(async (id) => {
      for (const state of WHOLE_LIFE) await moveCall(app, id, state);
    }),
  );
  await receiver.waitFor(100);
  await eventually(
    async () => (await app.sql(`SELECT 1 FROM deliveries WHERE ended_at IS NULL`)).length === 0,
  );
  assert.equal(receiver.received.length, 100);
  for (const id of ids) {
    const own = receiver.received.filter(({ body }) => body.includes(id));
    assert.deepEqual(own.map(typeOf), ['initiating', ...WHOLE_LIFE]);
  }
});

test('a server that is told to stop cuts an attempt short and writes it down; the next one delivers', async () => {
  const [alone, receiver] = [await createDatabase(), await startReceiver(() => undefined)];
  const settings = { DATABASE_URL: alone, ...env };
  const server = await startServer(settings);
  const client = new pg.Pool({ connectionString: alone });
  afterFile(async () => {
    await client.end();
    await dropDatabase(alone);
  });
  const db = {
    sql: async <Row extends object>(text: string, values: unknown[] = []) =>
      (await client.query<Row>(text, values)).rows,
  };
  await db.sql(`INSERT INTO users (name, password_hash, max_ongoing_calls) VALUES ('anna', '', 1)`);
  const id = await openCallOf(db, { userName: 'anna', clientId: 'none', sink: receiver.url });
  await receiver.waitFor(1);
  const started = performance.now();
  assert.equal((await server.stop()).code, 0);
  assert.ok(performance.now() - started < 5_000);
  const [delivery] = await deliveriesOf(db, id);
  assert.deepEqual(
    delivery?.attempts.map(({ problem }) => problem),
    ['the server stopped during the attempt'],
  );

  receiver.answer = () => 200;
  await db.sql(`UPDATE pgboss.job SET start_after = now()`);
  const next = await startServer(settings);
  await receiver.waitFor(2);
  await next.stop();
});
