import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { ending, inWords } from '../../core/calls/lives.ts';
import { startApp } from '../../harness/app.ts';
import { freePort } from '../../harness/free-port.ts';
import { addClassicClient, addModernClient, classicToken } from '../../harness/people.ts';
import { startPhone } from '../../harness/sip-phone.ts';
import { openCall as openClassicCall, postCall as postClassicCall } from '../classic/call.ts';
import {
  addCaller,
  assertError,
  CALLER,
  callTo,
  countCalls,
  getCall,
  openCall,
  postCall,
  tokenFor,
} from './call.ts';

/** Calls that cost money, by SIP, to phones that are all busy. */
const phone = await startPhone('busy');
const app = await startApp({ ...phone.env, CALLS_PER_MINUTE: '2', TALK_TIME_PER_DAY: '600' });
app.carriers.simulateFiction();
const [client, otherClient] = [await addModernClient(app), await addModernClient(app)];
const classicClient = await addClassicClient(app);
const PREMIUM = '+449098790879';
let people = 0;

async function addSomebody(numbers = [CALLER]) {
  const person = await addCaller(app, `person${++people}`, { numbers });
  const openedLongAgo = () =>
    app.sql(
      `UPDATE calls SET created_at = created_at - interval '1 minute' WHERE user_id = (SELECT id FROM users WHERE name = $1)`,
      [person.name],
    );
  return { person, token: await tokenFor(app, client, person), openedLongAgo };
}

test('one call too many within a minute is 429 TOO_MANY_REQUESTS for every application', async () => {
  const { person, token } = await addSomebody();
  const other = await tokenFor(app, otherClient, person);
  for (const opening of [token, other]) {
    const { callId } = await openCall(app, opening);
    assert.equal(inWords(await ending(app, callId)), 'disconnected: callerBusy, by carrier');
  }
  const before = await countCalls(app);
  for (const asking of [token, other]) {
    const answer = await postCall(app, asking);
    const { limit, retryAfterSeconds: seconds } = assertError(answer, 429, 'TOO_MANY_REQUESTS');
    assert.equal(limit, 2);
    assert.ok(Number(seconds) > 50 && Number(seconds) <= 60, String(seconds));
    assert.equal(answer.headers.get('retry-after'), String(seconds));
  }
  assert.equal(await countCalls(app), before);
});

test('the classic API says the same by 409', async () => {
  const { person } = await addSomebody();
  const token = await classicToken(app, classicClient, person.name);
  for (const _ of [1, 2]) await ending(app, await openClassicCall(app, token));
  const answer = await postClassicCall(app, token);
  assert.deepEqual([answer.status, answer.json()['error']], [409, 'call_rate_reached']);
  assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d?$/);
});

test('a call gets the remaining talk time as its time limit; without any it is 429 QUOTA_EXCEEDED', async () => {
  const { person, token, openedLongAgo } = await addSomebody();
  const talked = async (seconds: number) => {
    const { callId } = await openCall(app, token, callTo(undefined, { clickToCall: { timeLimit: 500 } }));
    await ending(app, callId);
    await app.sql(
      `UPDATE calls SET state = 'disconnected', reason = 'hangUp', connected_at = ended_at - $2 * interval '1 second' WHERE id = $1`,
      [callId, seconds],
    );
    await openedLongAgo();
  };
  await talked(450);
  const opened = await openCall(app, token);
  assert.equal(opened.clickToCall['timeLimit'], 150);
  const shown = await getCall(app, token, opened.callId);
  assert.equal(shown.json<typeof opened>().clickToCall['timeLimit'], 150);
  await ending(app, opened.callId);
  await talked(150);
  const answer = await postCall(app, token);
  const { limit, retryAfterSeconds: seconds } = assertError(answer, 429, 'QUOTA_EXCEEDED');
  assert.equal(limit, 600);
  assert.ok(Number(seconds) > 23 * 3600 && Number(seconds) < 24 * 3600, String(seconds));
  assert.equal(answer.headers.get('retry-after'), String(seconds));
  const classic = await postClassicCall(app, await classicToken(app, classicClient, person.name));
  assert.deepEqual([classic.status, classic.json()['error']], [409, 'talk_time_spent']);
});

test('a replayed response counts once, and needs no talk time', async () => {
  const { token } = await addSomebody();
  const body = callTo(undefined, { clickToCall: { timeLimit: 60 } });
  const headers = { 'idempotency-key': randomUUID() };
  const opened = await openCall(app, token, body, headers);
  for (const _ of [1, 2, 3]) assert.deepEqual(await openCall(app, token, body, headers), opened);
  await openCall(app, token);
  assert.equal((await postCall(app, token)).status, 429);
  assert.deepEqual(await openCall(app, token, body, headers), opened);
});

test('simulated numbers cost nothing', async () => {
  const { token } = await addSomebody();
  for (const callee of ['+12025550100', '+12025550104', '+12025550106']) {
    const { clickToCall } = await openCall(app, token, callTo(callee));
    assert.equal(clickToCall['timeLimit'], app.config.callTimeLimit);
  }
  assert.equal((await openCall(app, token)).clickToCall['timeLimit'], 600);
});

suite('nothing is dialled that the policy refuses', () => {
  for (const [title, callee, numbers, code] of [
    ['no callee', PREMIUM, [CALLER], 'CALLEE_NOT_AVAILABLE'],
    ['no caller', '+447700900999', [PREMIUM], 'CALLER_NOT_AVAILABLE'],
  ] as const)
    test(`${title}`, async () => {
      const { token } = await addSomebody([...numbers]);
      const before = phone.called.length;
      assertError(
        await postCall(app, token, { caller: { number: numbers[0] }, callee: { number: callee } }),
        422,
        code,
      );
      const { token: others } = await addSomebody();
      const { callId } = await openCall(app, others);
      await ending(app, callId);
      assert.deepEqual(phone.called.slice(before), [CALLER]);
    });
});

test('calls through Asterisk have the same bounds, even while it cannot be reached', async () => {
  const ari = await startApp({
    ...{ CARRIER: 'ari', ARI_URL: `http://127.0.0.1:${await freePort()}/ari` },
    ...{ ARI_USERNAME: 'clicktocall', ARI_PASSWORD: 'secret', ARI_CALLEE_ENDPOINT: 'PJSIP/{number}@trunk' },
    ...{ CALLS_PER_MINUTE: '2', TALK_TIME_PER_DAY: '150' },
  });
  ari.carriers.simulateFiction();
  const person = await addCaller(ari, 'anna');
  const token = await tokenFor(ari, await addModernClient(ari), person);
  assertError(await postCall(ari, token, callTo(PREMIUM)), 422, 'CALLEE_NOT_AVAILABLE');
  assert.equal(await countCalls(ari), 0);
  const asked = { clickToCall: { timeLimit: 100 } };
  assert.equal((await openCall(ari, token, callTo('+12025550100'))).clickToCall['timeLimit'], 14_400);
  assert.equal((await openCall(ari, token, callTo(undefined, asked))).clickToCall['timeLimit'], 100);
  assert.equal((await openCall(ari, token, callTo(undefined, asked))).clickToCall['timeLimit'], 50);
  assertError(await postCall(ari, token), 429, 'TOO_MANY_REQUESTS');
  await ari.sql(`UPDATE calls SET created_at = created_at - interval '1 minute'`);
  assertError(await postCall(ari, token), 429, 'QUOTA_EXCEEDED');
});
