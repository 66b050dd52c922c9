import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArgs } from 'node:util';
import { startApp } from '../harness/app.ts';
import { runSipLoad } from './sip-load-campaign.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1600' },
    rate: { type: 'string', default: '110' },
    'early-offer': { type: 'boolean', default: false },
  },
});

/** Takes about a minute, on a machine without other load. */
test('100 calls per second all succeed, and leave nothing behind', async (t) => {
  const calls = Number(values.calls);
  const flow = values['early-offer'] ? 'early-offer' : 'automatic';
  const report = await runSipLoad(await startApp(), { calls, rate: Number(values.rate), flow });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(report.ends, { 'disconnected: hangUp, by client': calls });
  assert.deepEqual(report.left, { registration: 'none', dialogs: 0, transactions: 0, savedLegs: 0 });
  assert.ok(report.rate >= 100, `${report.rate} calls a second`);
});
