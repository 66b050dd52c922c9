import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { outageOf } from '../../harness/outage.ts';
import { METRICS_TOKEN, read, total } from './metrics.ts';

test('the metrics show that the database is away, and the rest', async () => {
  const app = await startApp({ METRICS_TOKEN });
  const outage = outageOf(app);
  assert.equal(await total('clicktocall_database_reachable', /.*/, app), 1);
  await outage.begin();
  try {
    assert.equal(await total('clicktocall_database_reachable', /.*/, app), 0);
    assert.deepEqual(await read(app, 'clicktocall_calls_ongoing'), []);
    assert.ok((await total('process_resident_memory_bytes', /.*/, app)) > 0);
  } finally {
    await outage.end();
  }
  assert.equal(await total('clicktocall_database_reachable', /.*/, app), 1);
});
