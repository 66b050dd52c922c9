import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDeliveries } from '../../../src/core/events/deliveries/deliveries.ts';
import { connectDatabase } from '../../../src/platform/database/database.ts';
import { createSealedBox } from '../../../src/platform/secrets/sealed-box.ts';
import { createDatabase, dropDatabase, ENCRYPTION_KEY } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { openCallOf } from './events.ts';

test('deliveries stop in time even if an attempt never ends', { timeout: 20_000 }, async () => {
  const url = await createDatabase();
  const database = connectDatabase(url);
  afterFile(async () => {
    await database.close();
    await dropDatabase(url);
  });
  const sql = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await database.pool.query(text, values)).rows;
  await sql(`INSERT INTO users (name, password_hash, max_ongoing_calls) VALUES ('anna', '', 1)`);
  await openCallOf({ sql }, { userName: 'anna', clientId: 'none', sink: 'https://sink.example' });

  const begun = Promise.withResolvers<void>();
  const deliveries = startDeliveries({
    database,
    signal: { subscribe: () => () => {} },
    secrets: createSealedBox([Buffer.from(ENCRYPTION_KEY, 'base64')]),
    sender: {
      send() {
        begun.resolve();
        return new Promise(() => {});
      },
    },
    eventSource: 'https://calls.example',
    log: { info() {}, warn() {} },
  });
  await begun.promise;
  const started = performance.now();
  await deliveries.stop();
  assert.ok(performance.now() - started < 6_000);
});
