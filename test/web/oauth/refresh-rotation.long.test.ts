import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import {
  addPerson,
  age,
  callStatus,
  configure,
  isActive,
  obtainTokens,
  refresh,
  refusal,
} from './modern-walk.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');
const config = await configure(app, await addModernClient(app));
const publicClient = await configure(app, await addModernClient(app, { public: true }));

test('a refresh returns a new access token and a new refresh token, and keeps the old access token', async () => {
  for (const client of [config, publicClient]) {
    const first = await obtainTokens(client, anna);
    const second = await refresh(client, first.refresh);
    assert.notEqual(second.access, first.access);
    assert.notEqual(second.refresh, first.refresh);
    assert.equal(second.scope, 'call');
    assert.equal(await callStatus(app, second.access), 200);
    assert.equal(await callStatus(app, first.access), 200);
    const third = await refresh(client, second.refresh);
    assert.equal(await callStatus(app, third.access), 200);
  }
});

test('refuses a refresh token that was used before, and ends its whole family', async () => {
  const first = await obtainTokens(config, anna);
  const second = await refresh(config, first.refresh);
  const third = await refresh(config, second.refresh);

  await assert.rejects(refresh(config, first.refresh), refusal('invalid_grant'));
  for (const { access, refresh: refreshToken } of [first, second, third]) {
    assert.equal(await callStatus(app, access), 401);
    assert.equal(await isActive(config, access), false);
    assert.equal(await isActive(config, refreshToken), false);
    await assert.rejects(refresh(config, refreshToken), refusal('invalid_grant'));
  }
});

test('of 5 simultaneous refreshes with one token at most one succeeds, and the family is ended', async () => {
  for (let round = 0; round < 15; round++) {
    const first = await obtainTokens(config, anna);
    const attempts = await Promise.allSettled(
      Array.from({ length: 5 }, () => refresh(config, first.refresh)),
    );
    const won = attempts.filter((attempt) => attempt.status === 'fulfilled').map(({ value }) => value);
    const errors = attempts
      .filter((attempt) => attempt.status === 'rejected')
      .map(({ reason }) => reason.error);
    assert.ok(won.length <= 1, `round ${round}: ${won.length} refreshes succeeded`);
    assert.deepEqual(new Set(errors), new Set(['invalid_grant']), `round ${round}`);
    for (const { access, refresh: refreshToken } of [first, ...won]) {
      assert.equal(await callStatus(app, access), 401, `round ${round}`);
      assert.equal(await isActive(config, refreshToken), false, `round ${round}`);
    }
  }
});

test("one authorization's reuse does not end another of the same user and client", async () => {
  const used = await obtainTokens(config, anna);
  const other = await obtainTokens(config, anna);
  await refresh(config, used.refresh);
  await assert.rejects(refresh(config, used.refresh), refusal('invalid_grant'));

  assert.equal(await callStatus(app, used.access), 401);
  assert.equal(await callStatus(app, other.access), 200);
  assert.equal(await callStatus(app, (await refresh(config, other.refresh)).access), 200);
});

test("a refresh token is bound to its client, and another client's attempt does not use it up", async () => {
  const tokens = await obtainTokens(config, anna);
  await assert.rejects(refresh(publicClient, tokens.refresh), refusal('invalid_grant'));
  assert.equal(await callStatus(app, (await refresh(config, tokens.refresh)).access), 200);
});

test('a refresh may ask for fewer scopes, not for more', async () => {
  const scope = 'click-to-dial:calls:create click-to-dial:calls:read';
  const tokens = await obtainTokens(config, anna, scope);
  const fewer = await refresh(config, tokens.refresh, { scope: 'click-to-dial:calls:read' });
  assert.equal(fewer.scope, 'click-to-dial:calls:read');
  await assert.rejects(refresh(config, fewer.refresh, { scope: `${scope} call` }), refusal('invalid_scope'));
});

test('a refresh token works for 14 days', async () => {
  const tokens = await obtainTokens(config, anna);
  await age(app, 'RefreshToken', 14 * 24 * 3600 + 1);
  await assert.rejects(refresh(config, tokens.refresh), refusal('invalid_grant'));
});

test('an access token works for an hour, and its refresh token gets another', async () => {
  const tokens = await obtainTokens(config, anna);
  await age(app, 'AccessToken', 3590);
  assert.equal(await callStatus(app, tokens.access), 200);
  await age(app, 'AccessToken', 11);
  assert.equal(await callStatus(app, tokens.access), 401);
  assert.equal(await isActive(config, tokens.access), false);
  assert.equal(await callStatus(app, (await refresh(config, tokens.refresh)).access), 200);
});
