import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLOWS } from '../../src/carriers/sip/flow-store.ts';
import { startApp } from '../harness/app.ts';
import { runSipLoad } from './sip-load-campaign.ts';

const { CALLS = '1600', RATE = '110', FLOW = 'automatic' } = process.env;
const flow = FLOW === 'automatic' ? FLOW : FLOWS.find((each) => each === FLOW);

/** Takes about a minute, on a machine without other load. `CALLS=300 FLOW=early-offer npm run campaign:sip` runs another load. */
test('100 calls per second all succeed, and leave nothing behind', async (t) => {
  assert.ok(flow, `FLOW must be automatic or one of ${FLOWS.join(', ')}`);
  const calls = Number(CALLS);
  const report = await runSipLoad(await startApp(), { calls, rate: Number(RATE), flow });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(report.ends, { 'disconnected: hangUp, by client': calls });
  assert.deepEqual(report.left, { registration: 'none', dialogs: 0, transactions: 0, savedLegs: 0 });
  assert.ok(report.rate >= 100, `${report.rate} calls a second`);
});
