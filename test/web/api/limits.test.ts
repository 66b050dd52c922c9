import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addModernClient } from '../../harness/people.ts';
import type { Person } from '../oauth/modern-walk.ts';
import {
  addCaller,
  assertProblem,
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

test('the limit is 429 call_limit_reached, names the ongoing calls, and opens nothing', async () => {
  const token = await tokenFor(app, client, await addLimited(2));
  const calls = [await openCall(app, token), await openCall(app, token)];
  const before = await countCalls(app);
  const answer = await postCall(app, token);
  const { detail, limit, ongoing } = assertProblem(answer, 429, 'call_limit_reached');
  assert.equal(limit, 2);
  assert.deepEqual(
    ongoing,
    calls.map(({ id, callee, createdAt }) => ({ id, callee, createdAt })),
  );
  for (const { id } of calls) assert.ok(String(detail).includes(id), String(detail));
  assert.deepEqual(rateLimitOf(answer), shown(2, 0));
  assert.equal(await countCalls(app), before);
});

test('a place is free as soon as a call has ended', async () => {
  const token = await tokenFor(app, client, await addLimited(1));
  const { id } = await openCall(app, token);
  assert.equal((await postCall(app, token)).status, 429);
  await deleteCall(app, token, id);
  assert.deepEqual(rateLimitOf(await postCall(app, token)), shown(1, 0));
});

test('with a limit of 0 there is no call, and none to name', async () => {
  const token = await tokenFor(app, client, await addLimited(0));
  const answer = await postCall(app, token);
  assert.deepEqual(assertProblem(answer, 429, 'call_limit_reached')['ongoing'], []);
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
      callTo(newCallee(), { clientReference: 'hush', metadata: { a: 'hush' } }),
    );
    const own = await openCall(app, narrow);
    const answer = await postCall(app, narrow);
    const { ongoing, detail } = assertProblem(answer, 429, 'call_limit_reached');
    const [first, second, ...rest] = ongoing as Record<string, string>[];
    assert.deepEqual(Object.keys(first ?? {}), ['createdAt']);
    assert.equal(first?.['createdAt'], theirs.createdAt);
    assert.ok(
      String(detail).includes(`another application's call since ${theirs.createdAt}`),
      String(detail),
    );
    assert.equal(second?.['id'], own.id);
    assert.equal(rest.length, 0);
    for (const secret of [theirs.id, theirs.callee, otherClient.client.id, 'hush', person.name])
      assert.ok(!JSON.stringify([answer.text, ...answer.headers]).includes(secret), secret);
  });

  test('a token with scope call sees their ids', async () => {
    const person = await addLimited(1);
    const theirs = await openCall(app, await tokenFor(app, otherClient, person));
    const answer = await postCall(app, await tokenFor(app, client, person));
    const { ongoing } = assertProblem(answer, 429, 'call_limit_reached');
    assert.deepEqual(
      (ongoing as { id: string }[]).map(({ id }) => id),
      [theirs.id],
    );
  });
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
    assertProblem(await send(app, 'GET', LIMITS, token), 403, 'scope_missing');
  });
});
