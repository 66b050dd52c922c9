import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLOWS } from '../../src/carriers/sip/flow-store.ts';
import { startApp } from '../harness/app.ts';
import { record, times } from './campaign.ts';
import { runSipLoad } from './sip-load-campaign.ts';

const CALLS = times(300, 1_600);
/** Milliseconds. */
const T1 = times(100, 500);

/**
 * Under other load the last calls may take longer, so only the offered rate is checked; `npm run campaign:sip` checks the rest.
 */
for (const flow of FLOWS)
  test(`100 calls per second by ${flow} all succeed, and leave nothing behind`, async (t) => {
    const report = await runSipLoad(await startApp(), { calls: CALLS, rate: 110, flow, t1: T1 });
    t.diagnostic(JSON.stringify(report));
    assert.deepEqual(report.ends, { 'disconnected: hangUp, by client': CALLS });
    assert.ok(report.offered >= 100, `${report.offered} calls a second`);
    assert.deepEqual(report.left, { registration: 'none', dialogs: 0, transactions: 0, savedLegs: 0 });
    const [offered, cpu] = [Math.floor(report.offered), report.cpuOfEachCall.toFixed(1)];
    record({
      invariant: `100 SIP calls a second all succeed, and leave nothing behind (${flow})`,
      tried: `${CALLS} calls between two phones over UDP, ${offered} a second after a warm-up`,
      found: `all connected, and ended by the client; no dialog, transaction or stored leg left; ${cpu} ms of processor time for each`,
    });
  });
