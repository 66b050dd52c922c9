import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { freePort } from '../../harness/free-port.ts';
import { addModernClient } from '../../harness/people.ts';
import { addCaller, assertError, CALLER, callTo, countCalls, openCall, postCall, tokenFor } from './call.ts';

/** Calls that cost money, by an Asterisk that cannot be reached: they are opened all the same, and wait for it. */
const app = await startApp({
  ...{ CARRIER: 'ari', ARI_URL: `http://127.0.0.1:${await freePort()}/ari` },
  ...{ ARI_USERNAME: 'clicktocall', ARI_PASSWORD: 'secret', ARI_CALLEE_ENDPOINT: 'PJSIP/{number}@trunk' },
  ...{ CALLS_PER_MINUTE: '2', TALK_TIME_PER_DAY: '150' },
});
app.carriers.simulateFiction();
const PREMIUM = '+449098790879';
const person = await addCaller(app, 'anna', { numbers: [CALLER, PREMIUM] });
const token = await tokenFor(app, await addModernClient(app), person);

test('what the policy refuses never becomes a call, on either side', async () => {
  assertError(await postCall(app, token, callTo(PREMIUM)), 422, 'CALLEE_NOT_AVAILABLE');
  const byPremium = callTo(undefined, { caller: { number: PREMIUM } });
  assertError(await postCall(app, token, byPremium), 422, 'CALLER_NOT_AVAILABLE');
  assert.equal(await countCalls(app), 0);
});

test('calls are bounded by the minute and by talk time, but for simulated ones', async () => {
  const asked = { clickToCall: { timeLimit: 100 } };
  assert.equal((await openCall(app, token, callTo('+12025550100'))).clickToCall['timeLimit'], 14_400);
  assert.equal((await openCall(app, token, callTo(undefined, asked))).clickToCall['timeLimit'], 100);
  assert.equal((await openCall(app, token, callTo(undefined, asked))).clickToCall['timeLimit'], 50);
  assertError(await postCall(app, token), 429, 'TOO_MANY_REQUESTS');
  await app.sql(`UPDATE calls SET created_at = created_at - interval '1 minute'`);
  assertError(await postCall(app, token), 429, 'QUOTA_EXCEEDED');
});
