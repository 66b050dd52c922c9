import assert from 'node:assert/strict';
import { test } from 'node:test';
import { record, times } from './campaign.ts';
import { startOverloadStage } from './overload-campaign.ts';

/** Calls per second; more than two cores set up. */
const RATE = 450;
const MS = times(3_000, 10_000);

/** Under other load phones may lose a call, so `npm run campaign:overload` compares the goodput and checks each call. */
test('under overload new calls are refused, the others are set up and end, and nothing is left', async (t) => {
  const stage = await startOverloadStage();
  await stage.run({ perSecond: 50, ms: 1_000 });
  const report = await stage.run({ perSecond: RATE, ms: MS });
  t.diagnostic(JSON.stringify(report));
  assert.ok(report.refused > 0);
  assert.ok(report.good > 0);
  assert.ok(report.bad <= (report.requested - report.refused) / 20, `${report.bad} bad calls`);
  record({
    invariant: 'Too many calls are refused, and the others are set up',
    tried: `${report.requested} SIP calls, ${RATE} a second`,
    found: `${report.refused} refused, p99 after ${Math.round(report.refusal.p99)} ms; ${report.good} of the others good, ${report.goodput.toFixed(0)} a second; all over soon, no leg left`,
  });
});
