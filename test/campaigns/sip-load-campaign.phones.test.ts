import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { runSipLoad } from './sip-load-campaign.ts';

/** At a rate for a machine that does other things, too; `npm run campaign:sip` measures what it can do. */
test('of 300 calls that come and go none is in vain, and nothing stays', async (t) => {
  const report = await runSipLoad(await startApp(), { calls: 300, rate: 60 });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(report.ends, { 'disconnected: hangUp, by client': 300 });
  assert.deepEqual(report.left, { registration: 'none', dialogs: 0, transactions: 0, savedLegs: 0 });
});
