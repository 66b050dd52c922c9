import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startOverloadStage } from './overload-campaign.ts';

/** Calls per second, for the search of the highest rate without a bad or a refused call. */
const RATES = [80, 100, 120, 140, 160, 180, 200, 230, 260, 300, 350, 400];
const { RATE, SECONDS = '10' } = process.env;
const ms = 1_000 * Number(SECONDS);

/** Takes about three minutes, on a machine without other load. `RATE=120 npm run campaign:overload` skips the search. */
test('three times as many calls as the server can set up cost no goodput, and no call hangs', async (t) => {
  const stage = await startOverloadStage();
  /** A new process is slow, and opens its connections under load. */
  for (const perSecond of [20, 100, 300]) await stage.run({ perSecond, ms: 3_000 });
  const search = async () => {
    let highest = 0;
    for (const perSecond of RATES) {
      const { bad, refused } = await stage.run({ perSecond, ms: 5_000 });
      if (bad + refused > 0) break;
      highest = perSecond;
    }
    return highest;
  };
  const highest = RATE === undefined ? await search() : Number(RATE);
  const clean = await stage.run({ perSecond: highest, ms });
  const overloaded = await stage.run({ perSecond: 3 * highest, ms });
  const refusalBoundMs = await stage.refusalBoundMs();
  t.diagnostic(JSON.stringify({ highest, clean, overloaded, refusalBoundMs }));
  assert.ok(highest > 0, 'no rate was clean');
  assert.ok(overloaded.goodput >= 0.9 * clean.goodput, `${overloaded.goodput} of ${clean.goodput} a second`);
  assert.equal(overloaded.bad, 0);
  assert.ok(refusalBoundMs <= 50, `${refusalBoundMs} ms`);
});
