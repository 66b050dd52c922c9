import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase, dropDatabase } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { createPool } from '../../harness/pool.ts';
import { startServer } from '../../harness/server-process.ts';
import { METRICS_TOKEN, read } from '../../web/metrics/metrics.ts';
import { deliveriesOf, insertWebhook, openCallOf } from './events.ts';
import { eventually, startReceiver } from './receiver.ts';

const databaseUrl = await createDatabase();
const pool = createPool(databaseUrl, 2);
afterFile(async () => {
  await pool.end();
  await dropDatabase(databaseUrl);
});
const app = {
  sql: async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await pool.query(text, values)).rows,
};
const GAUGE = 'clicktocall_delivery_circuits_open';

test('a receiver that does not answer is paused until it answers; the log says so once, and the metrics show it', async () => {
  const receiver = await startReceiver(() => undefined);
  await app.sql(`INSERT INTO users (name, password_hash, max_ongoing_calls) VALUES ('anna', '', 99)`);
  await app.sql(`INSERT INTO clients (id, name, metadata) VALUES ('hooked', 'Hooked', '{}')`);
  await insertWebhook(app, { clientId: 'hooked', url: receiver.url });
  const server = await startServer({
    DATABASE_URL: databaseUrl,
    METRICS_TOKEN,
    SINK_ALLOW_HOSTS: '127.0.0.1',
    LOG_LEVEL: 'info',
  });
  const open = () => openCallOf(app, { userName: 'anna', clientId: 'hooked' });
  const calls = await Promise.all(Array.from({ length: 5 }, () => open()));
  const states = async () =>
    (await Promise.all(calls.map((call) => deliveriesOf(app, call)))).flat().map(({ state }) => state);
  const circuits = () =>
    app.sql<{ open: boolean }>('SELECT opened_at IS NOT NULL AS open FROM delivery_circuits');
  await eventually(async () => (await circuits())[0]?.open === true, 25);
  for (let more = 0; more < 4; more++) calls.push(await open());
  await eventually(async () => (await states()).filter((state) => state === 'paused').length >= 4);
  assert.equal(receiver.received.length, 5);
  assert.deepEqual(await read(server, GAUGE), [' 1']);

  receiver.answer = () => 204;
  await app.sql('UPDATE delivery_circuits SET paused_until = now(), resume_at = now()');
  await app.sql(`UPDATE deliveries SET attempt_at = now() WHERE state = 'retrying'`);
  await eventually(async () => (await states()).every((state) => state === 'delivered'), 20);
  await eventually(async () => (await circuits()).length === 0);
  assert.deepEqual(await read(server, GAUGE), [' 0']);

  const { stdout } = await server.stop();
  const lines = stdout
    .split('\n')
    .filter((line) => line.includes('"msg":"deliveries: '))
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ level, msg, clientId, host, timeouts }) => ({ level, msg, clientId, host, timeouts })),
    [
      {
        level: 40,
        msg: 'deliveries: receiver does not answer; paused its deliveries',
        ...{ clientId: 'hooked', host: '127.0.0.1', timeouts: 5 },
      },
      {
        level: 30,
        msg: 'deliveries: receiver no longer times out; resumed its deliveries',
        ...{ clientId: 'hooked', host: '127.0.0.1', timeouts: 5 },
      },
    ],
  );
});
