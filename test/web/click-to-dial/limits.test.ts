import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addModernClient } from '../../harness/people.ts';
import type { Person } from '../oauth/modern-walk.ts';
import {
  addCaller,
  assertError,
  callTo,
  countCalls,
  deleteCall,
  LIMITS,
  newCallee,
  openCall,
  postCall,
  send,
  tokenFor,
} from './call.ts';

const app = await startApp();
const [client, otherClient] = [await addModernClient(app), await addModernClient(app)];
let users = 0;

/** Somebody new, with a limit. */
function addLimited(limit: number): Promise<Person> {
  return addCaller(app, `user${++users}`, { limit });
}

function rateLimitOf(answer: Answer) {
  return [answer.headers.get('ratelimit-policy'), answer.headers.get('ratelimit')];
}

const shown = (limit: number, remaining: number) => [
  `"user-calls";q=${limit};qu="concurrent-requests"`,
  `"user-calls";r=${remaining}`,
];

test('each opened call says how many the user may have, and how many more', async () => {
  const token = await tokenFor(app, client, await addLimited(3));
  for (const remaining of [2, 1, 0])
    assert.deepEqual(rateLimitOf(await postCall(app, token)), shown(3, remaining));
});

test('the limit is 429 QUOTA_EXCEEDED, names the ongoing calls, and opens nothing', async () => {
  const token = await tokenFor(app, client, await addLimited(2));
  const calls = [await openCall(app, token), await openCall(app, token)];
  const before = await countCalls(app);
  const answer = await postCall(app, token);
  const { message, ...info } = assertError(answer, 429, 'QUOTA_EXCEEDED');
  const ongoing = info['ongoing'] as { id: string; callee: string; createdAt: string }[];
  assert.deepEqual(
    { ...info, ongoing: undefined },
    { status: 429, code: 'QUOTA_EXCEEDED', limit: 2, ongoing: undefined },
  );
  assert.deepEqual(
    ongoing.map(({ id, callee, createdAt }) => [id, callee, createdAt]),
    calls.map(({ callId, callee, createdAt }) => [callId, callee.number, createdAt]),
  );
  for (const { callId } of calls) assert.ok(String(message).includes(callId), String(message));
  assert.deepEqual(rateLimitOf(answer), shown(2, 0));
  assert.equal(await countCalls(app), before);
});

test('a place is free as soon as a call has ended', async () => {
  const token = await tokenFor(app, client, await addLimited(1));
  const { callId } = await openCall(app, token);
  assert.equal((await postCall(app, token)).status, 429);
  await deleteCall(app, token, callId);
  assert.deepEqual(rateLimitOf(await postCall(app, token)), shown(1, 0));
});

test('with a limit of 0 there is no call, and none to name', async () => {
  const token = await tokenFor(app, client, await addLimited(0));
  const answer = await postCall(app, token);
  assert.deepEqual(assertError(answer, 429, 'QUOTA_EXCEEDED')['ongoing'], []);
  assert.deepEqual(rateLimitOf(answer), shown(0, 0));
});

test('a limit that was lowered below what is ongoing leaves 0, never less', async () => {
  const person = await addLimited(3);
  const token = await tokenFor(app, client, person);
  for (let n = 0; n < 3; n++) await openCall(app, token);
  await app.sql('UPDATE users SET max_ongoing_calls = 1 WHERE name = $1', [person.name]);
  assert.deepEqual(rateLimitOf(await postCall(app, token)), shown(1, 0));
  const limits = await send(app, 'GET', LIMITS, token);
  assert.deepEqual(limits.json(), { limit: 1, ongoing: 3, remaining: 0 });
});

suite('of another application’s calls', () => {
  test('a token with a narrow scope sees only when the ongoing calls were opened', async () => {
    const person = await addLimited(2);
    const narrow = await tokenFor(app, client, person, 'click-to-dial:calls:create');
    const other = await tokenFor(app, otherClient, person);
    const theirs = await openCall(
      app,
      other,
      callTo(newCallee(), { clickToCall: { clientReference: 'hush', metadata: { a: 'hush' } } }),
    );
    const own = await openCall(app, narrow);
    const answer = await postCall(app, narrow);
    const { ongoing, message } = assertError(answer, 429, 'QUOTA_EXCEEDED');
    const [first, second, ...rest] = ongoing as Record<string, string>[];
    assert.deepEqual(Object.keys(first ?? {}), ['createdAt']);
    assert.equal(first?.['createdAt'], theirs.createdAt);
    assert.ok(
      String(message).includes(`another application's call since ${theirs.createdAt}`),
      String(message),
    );
    assert.equal(second?.['id'], own.callId);
    assert.equal(rest.length, 0);
    for (const secret of [theirs.callId, theirs.callee.number, otherClient.client.id, 'hush', person.name])
      assert.ok(!JSON.stringify([answer.text, ...answer.headers]).includes(secret), secret);
  });

  test('a token with scope call sees their ids', async () => {
    const person = await addLimited(1);
    const theirs = await openCall(app, await tokenFor(app, otherClient, person));
    const answer = await postCall(app, await tokenFor(app, client, person));
    const { ongoing } = assertError(answer, 429, 'QUOTA_EXCEEDED');
    assert.deepEqual(
      (ongoing as { id: string }[]).map(({ id }) => id),
      [theirs.callId],
    );
  });
});

test('the message has at most 512 characters, however many calls it names', async () => {
  const token = await tokenFor(app, client, await addLimited(12));
  for (let n = 0; n < 12; n++) await openCall(app, token);
  const { message, ongoing } = assertError(await postCall(app, token), 429, 'QUOTA_EXCEEDED');
  assert.equal(String(message).length, 512);
  assert.equal((ongoing as object[]).length, 12);
});

suite('GET /me/limits', () => {
  for (const scope of ['call', 'click-to-dial:calls:create', 'click-to-dial:calls:read']) {
    test(`shows the limit and its use, over all applications, to ${scope}`, async () => {
      const person = await addLimited(3);
      await openCall(app, await tokenFor(app, otherClient, person));
      const answer = await send(app, 'GET', LIMITS, await tokenFor(app, client, person, scope));
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.json(), { limit: 3, ongoing: 1, remaining: 2 });
      assert.deepEqual(rateLimitOf(answer), shown(3, 2));
    });
  }

  test('is not for other scopes', async () => {
    const token = await tokenFor(app, client, await addLimited(1), 'click-to-dial:calls:delete');
    assertError(await send(app, 'GET', LIMITS, token), 403, 'PERMISSION_DENIED');
  });
});
