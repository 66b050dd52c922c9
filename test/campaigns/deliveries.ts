import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbedded } from '../../src/database/embedded/embedded.ts';
import { runDeliveryCampaign } from './delivery-campaign.ts';

/** The promise of deliveries at full length: real waits, a durable database, real time-outs. Takes a few minutes. */
const { values } = parseArgs({
  options: { events: { type: 'string', default: '1000' }, kills: { type: 'string', default: '20' } },
});
const folder = mkdtempSync(join(tmpdir(), 'clicktocall-campaign-'));
const embedded = await startEmbedded(folder);
try {
  const report = await runDeliveryCampaign(embedded.url, {
    events: Number(values.events),
    kills: Number(values.kills),
    hurry: false,
  });
  console.log(report);
  assert.equal(report.lost, 0);
  assert.deepEqual(report.wrong, []);
} finally {
  await embedded.release();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
