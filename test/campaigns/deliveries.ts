import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseArgs } from 'node:util';
import { startEmbedded } from '../../src/database/embedded/embedded.ts';
import { runDeliveryCampaign } from './delivery-campaign.ts';

const { values } = parseArgs({
  options: { events: { type: 'string', default: '1000' }, kills: { type: 'string', default: '20' } },
});

/** Real waits, real time-outs, a database that syncs. Takes a few minutes. */
test('every event arrives signed and in order per call, though attempts fail and the server is killed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'clicktocall-campaign-'));
  const embedded = await startEmbedded(folder);
  try {
    const report = await runDeliveryCampaign(embedded.url, {
      events: Number(values.events),
      kills: Number(values.kills),
      hurry: false,
    });
    t.diagnostic(JSON.stringify(report));
    assert.deepEqual([report.lost, report.wrong], [0, []]);
  } finally {
    await embedded.release();
    rmSync(folder, { recursive: true, force: true });
  }
});
