import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, dropDatabase, startNode } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { outageOf } from '../../harness/outage.ts';
import { addUser } from '../../harness/people.ts';
import { createPool } from '../../harness/pool.ts';
import { startServer } from '../../harness/server-process.ts';
import { deliveriesOf, loseAttempts, makeRetriesDue, moveCall, openCallOf, WHOLE_LIFE } from './events.ts';
import { addHooked, idOf, typeOf } from './hooked.ts';
import { eventually, startReceiver } from './receiver.ts';

const databaseUrl = await createDatabase();
afterFile(() => dropDatabase(databaseUrl));
const env = { SINK_ALLOW_HOSTS: '127.0.0.1' };
const app = await startNode({ databaseUrl }, env);
await addUser(app, 'anna');

const outage = outageOf(app);

test('deliveries continue after an outage of the database', async () => {
  const { receiver, open } = await addHooked(app);
  for (let times = 0; times < 3; times++) await outage.cutConnections();
  const id = await open();
  await eventually(async () => (await deliveriesOf(app, id))[0]?.state === 'delivered');
  await outage.begin();
  await sleep(1_500); // long enough for the relay to run without a result
  await outage.end();
  for (const state of WHOLE_LIFE) await moveCall(app, id, state);
  const received = await receiver.waitFor(5);
  assert.deepEqual([...new Set(received.map(typeOf))], ['initiating', ...WHOLE_LIFE]);
});

test('an event whose delivery could not be recorded is sent again with the same id', async () => {
  const { receiver, open } = await addHooked(app);
  receiver.answer = (_received, response) => {
    outage.begin().then(() => response.writeHead(200).end());
    return undefined;
  };
  const id = await open();
  await receiver.waitFor(1);
  await eventually(() =>
    app.sql('SELECT 1').then(
      () => false,
      () => true,
    ),
  );
  receiver.answer = () => 200;
  await sleep(1_500); // the answer has arrived, and there was nowhere to write it
  await outage.end();
  assert.deepEqual((await deliveriesOf(app, id))[0]?.attempts, []);

  await loseAttempts(app);
  const received = await receiver.waitFor(2);
  assert.equal(new Set(received.map(idOf)).size, 1);
  await eventually(async () => (await deliveriesOf(app, id))[0]?.state === 'delivered');
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

test('a stopping server aborts and records an attempt; the next server delivers', async () => {
  const [alone, receiver] = [await createDatabase(), await startReceiver(() => undefined)];
  const settings = { DATABASE_URL: alone, ...env };
  const server = await startServer(settings);
  const client = createPool(alone);
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
  await makeRetriesDue(db);
  const next = await startServer(settings);
  await receiver.waitFor(2);
  await next.stop();
});
