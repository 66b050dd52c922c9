import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase, dropDatabase } from '../harness/app.ts';
import { afterFile } from '../harness/clean-up.ts';
import { runDeliveryCampaign } from './delivery-campaign.ts';

const databaseUrl = await createDatabase();
afterFile(() => dropDatabase(databaseUrl));

/** In short; `npm run campaign:deliveries` is the whole of it. */
test('every event arrives signed and in order per call, though attempts fail and the server is killed', async () => {
  const report = await runDeliveryCampaign(databaseUrl, { events: 150, kills: 3, hurry: true });
  assert.deepEqual(report.wrong, []);
  assert.equal(report.lost, 0);
  assert.ok(report.refused > 20, `only ${report.refused} of ${report.attempts} attempts failed`);
});
