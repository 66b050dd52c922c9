import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { runSipLoad } from './sip-load-campaign.ts';

/** On a machine that does other things, too, the last of them may take their time; `npm run campaign:sip` asks for more. */
test('of calls that come and go at a hundred a second none is in vain, and nothing stays', async (t) => {
  const report = await runSipLoad(await startApp(), { calls: 300, rate: 110 });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(report.ends, { 'disconnected: hangUp, by client': 300 });
  assert.ok(report.offered >= 100, `${report.offered} calls a second`);
  assert.deepEqual(report.left, { registration: 'none', dialogs: 0, transactions: 0, savedLegs: 0 });
});
