import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDeliveryQueue } from '../../../src/core/events/deliveries/delivery-queue.ts';
import { relayDeliveries } from '../../../src/core/events/deliveries/relay.ts';
import { connectDatabase } from '../../../src/platform/database/database.ts';
import { createDatabase, dropDatabase } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { openCallOf } from './events.ts';

const url = await createDatabase();
const database = connectDatabase(url);
const queue = await startDeliveryQueue(database, { warn() {} });
afterFile(async () => {
  await queue.stop();
  await database.close();
  await dropDatabase(url);
});
const sql = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
  (await database.pool.query(text, values)).rows;
await sql(`INSERT INTO users (name, password_hash, max_ongoing_calls) VALUES ('anna', '', 9)`);
const open = () => openCallOf({ sql }, { userName: 'anna', clientId: 'none', sink: 'https://sink.example' });
const counts = (callId: string) =>
  sql('SELECT state, count(*)::integer FROM deliveries WHERE call_id = $1 GROUP BY state ORDER BY state', [
    callId,
  ]);

test('one run relays all new deliveries, even if many wait for earlier ones', async () => {
  const busy = await open();
  await relayDeliveries(database, queue, () => {});
  await sql(
    `INSERT INTO deliveries (event_id, call_id)
     SELECT event_id, call_id FROM deliveries, generate_series(1, 1200) WHERE call_id = $1`,
    [busy],
  );
  const free = await open();
  await relayDeliveries(database, queue, () => {});
  assert.deepEqual(await counts(busy), [
    { state: 'behind', count: 1200 },
    { state: 'queued', count: 1 },
  ]);
  assert.deepEqual(await counts(free), [{ state: 'queued', count: 1 }]);
});
