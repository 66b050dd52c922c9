import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { CallRateReached, TalkTimeSpent } from '../../../src/core/calls/limit-errors.ts';
import { CalleeNotAllowed, CallerNotAllowed } from '../../../src/core/phone-numbers/dialling-errors.ts';
import type { ErrorClass } from '../../../src/platform/declared-error.ts';
import { ending, inWords } from '../../core/calls/lives.ts';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { freePort } from '../../harness/free-port.ts';
import { addClassicClient, classicToken } from '../../harness/people.ts';
import { startPhone } from '../../harness/sip-phone.ts';
import { callTo, getCall, openCall, postCall } from '../api/call.ts';
import { addCaller, CALLER, countCalls } from '../callers.ts';
import { assertRefused, MODERN_APIS, OPENING_APIS, type OpeningApi, post } from './apis.ts';

/** Calls that cost money, by SIP, to phones that are all busy. */
const phone = await startPhone('busy');
const app = await startApp({ ...phone.env, CALLS_PER_MINUTE: '2', TALK_TIME_PER_DAY: '600' });
app.carriers.simulateFiction();
const [client, otherClient] = [await addClassicClient(app), await addClassicClient(app)];
const PREMIUM = '+449098790879';
let people = 0;

async function addSomebody(numbers = [CALLER]) {
  const { name } = await addCaller(app, `person${++people}`, { numbers });
  const token = await classicToken(app, client, name);

  /** A call of this many seconds that was opened a minute ago. */
  async function talked(seconds: number): Promise<void> {
    const { id } = await openCall(app, token, callTo(undefined, { timeLimit: 500 }));
    await ending(app, id);
    await app.sql(
      `UPDATE calls SET state = 'disconnected', reason = 'hangUp', connected_at = ended_at - $2 * interval '1 second' WHERE id = $1`,
      [id, seconds],
    );
    await app.sql(
      `UPDATE calls SET created_at = created_at - interval '1 minute' WHERE user_id = (SELECT id FROM users WHERE name = $1)`,
      [name],
    );
  }
  return { name, token, talked };
}

/** @returns the value of Retry-After */
function secondsUntilRetry(answer: Answer): number {
  return Number(answer.headers.get('retry-after'));
}

for (const api of OPENING_APIS) {
  suite(`by ${api.title}`, () => {
    test('one call too many within a minute is refused to every application', async () => {
      const { name, token } = await addSomebody();
      const other = await classicToken(app, otherClient, name);
      for (const opening of [token, other]) {
        const { id } = await openCall(app, opening);
        assert.equal(inWords(await ending(app, id)), 'disconnected: callerBusy, by carrier');
      }
      const before = await countCalls(app);
      for (const asking of [token, other]) {
        const answer = await post(app, api, asking);
        const seconds = secondsUntilRetry(answer);
        assert.ok(seconds > 50 && seconds <= 60, String(seconds));
        assertRefused(api, answer, CallRateReached, { limit: 2, retryAfterSeconds: seconds });
      }
      assert.equal(await countCalls(app), before);
    });

    test('a call gets the remaining talk time as its time limit; without any it is refused', async () => {
      const { name, token, talked } = await addSomebody();
      await talked(450);
      assert.equal((await post(app, api, token)).status, 201);
      const [last] = await app.sql<{ id: string; limit: number }>(
        `SELECT c.id, c.time_limit AS limit FROM calls c JOIN users u ON u.id = c.user_id
          WHERE u.name = $1 ORDER BY c.created_at DESC LIMIT 1`,
        [name],
      );
      assert.equal(last?.limit, 150);
      await ending(app, last.id);
      await talked(150);
      const answer = await post(app, api, token);
      const seconds = secondsUntilRetry(answer);
      assert.ok(seconds > 23 * 3600 && seconds < 24 * 3600, String(seconds));
      assertRefused(api, answer, TalkTimeSpent, { limit: 600, retryAfterSeconds: seconds });
    });

    test('no callee is dialled that the policy does not allow', async () => {
      await assertNotDialled(api, { callee: PREMIUM }, CalleeNotAllowed);
    });
  });
}

for (const api of MODERN_APIS) {
  test(`by ${api.title}, no caller is dialled that the policy does not allow`, () =>
    assertNotDialled(api, { caller: PREMIUM }, CallerNotAllowed));
}

/** Only the phone of a later call by another user rings. */
async function assertNotDialled(
  api: OpeningApi,
  numbers: { caller?: string; callee?: string },
  refusal: ErrorClass,
): Promise<void> {
  const { token } = await addSomebody([CALLER, PREMIUM]);
  const before = phone.called.length;
  assertRefused(api, await post(app, api, token, api.body(numbers)), refusal);
  const { token: others } = await addSomebody();
  const { id } = await openCall(app, others);
  await ending(app, id);
  assert.deepEqual(phone.called.slice(before), [CALLER]);
}

test('the time limit that talk time leaves is shown', async () => {
  const { token, talked } = await addSomebody();
  await talked(500);
  const opened = await openCall(app, token);
  assert.equal(opened.timeLimit, 100);
  assert.equal((await getCall(app, token, opened.id)).json<typeof opened>().timeLimit, 100);
});

test('a replayed response counts once, and needs no talk time', async () => {
  const { token } = await addSomebody();
  const body = callTo(undefined, { timeLimit: 60 });
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
    const { timeLimit } = await openCall(app, token, callTo(callee));
    assert.equal(timeLimit, app.config.callTimeLimit);
  }
  assert.equal((await openCall(app, token)).timeLimit, 600);
});

test('calls through Asterisk have the same bounds, even while it cannot be reached', async () => {
  const ari = await startApp({
    ...{ CARRIER: 'ari', ARI_URL: `http://127.0.0.1:${await freePort()}/ari` },
    ...{ ARI_USERNAME: 'clicktocall', ARI_PASSWORD: 'secret', ARI_CALLEE_ENDPOINT: 'PJSIP/{number}@trunk' },
    ...{ CALLS_PER_MINUTE: '2', TALK_TIME_PER_DAY: '150' },
  });
  ari.carriers.simulateFiction();
  const { name } = await addCaller(ari, 'anna');
  const token = await classicToken(ari, await addClassicClient(ari), name);
  for (const api of OPENING_APIS)
    assertRefused(api, await post(ari, api, token, api.body({ callee: PREMIUM })), CalleeNotAllowed);
  assert.equal(await countCalls(ari), 0);
  const asked = { timeLimit: 100 };
  assert.equal((await openCall(ari, token, callTo('+12025550100'))).timeLimit, 14_400);
  assert.equal((await openCall(ari, token, callTo(undefined, asked))).timeLimit, 100);
  assert.equal((await openCall(ari, token, callTo(undefined, asked))).timeLimit, 50);
  for (const api of OPENING_APIS) assertRefused(api, await post(ari, api, token), CallRateReached);
  await ari.sql(`UPDATE calls SET created_at = created_at - interval '1 minute'`);
  for (const api of OPENING_APIS) assertRefused(api, await post(ari, api, token), TalkTimeSpent);
});
