import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { runSipLoad } from './sip-load-campaign.ts';

/**
 * Under other load the last calls may take longer, so only the offered rate is checked; `npm run campaign:sip` checks the rest, and
 * with the usual timers.
 */
for (const flow of ['delayed-offer', 'early-offer'] as const)
  test(`100 calls per second by ${flow} all succeed, and leave nothing behind`, async (t) => {
    const report = await runSipLoad(await startApp(), { calls: 300, rate: 110, flow, t1: 100 });
    t.diagnostic(JSON.stringify(report));
    assert.deepEqual(report.ends, { 'disconnected: hangUp, by client': 300 });
    assert.ok(report.offered >= 100, `${report.offered} calls a second`);
    assert.deepEqual(report.left, { registration: 'none', dialogs: 0, transactions: 0, savedLegs: 0 });
  });
