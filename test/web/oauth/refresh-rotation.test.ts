import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { startApp, startNode } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import {
  addPerson,
  age,
  ageAuthorizations,
  callStatus,
  configure,
  isActive,
  obtainTokens,
  passGracePeriod,
  refresh,
  refusal,
  type Tokens,
} from './modern-walk.ts';

/** Of a refresh token, in seconds. */
const LIFETIME = 14 * 24 * 3600;

const app = await startApp();
const strict = await startNode(app, { REFRESH_TOKEN_GRACE: '0' });
const anna = await addPerson(app, 'anna');
const withSecret = await addModernClient(app);
const config = await configure(app, withSecret);
const registered = await addModernClient(app, { public: true });
const publicClient = await configure(app, registered);
const strictClient = await configure(strict, registered);

/** @param tokens oldest first */
async function assertEnded(client: oauth.Configuration, tokens: readonly Tokens[]): Promise<void> {
  for (const { access } of tokens) {
    assert.equal(await callStatus(app, access), 401);
    assert.equal(await isActive(client, access), false);
  }
  for (const { refresh: refreshToken } of tokens.toReversed()) {
    assert.equal(await isActive(client, refreshToken), false);
    await assert.rejects(refresh(client, refreshToken), refusal('invalid_grant'));
  }
}

suite('a client with a secret', () => {
  test('keeps its refresh token for two thirds of its lifetime, and may use it any number of times', async () => {
    const first = await obtainTokens(config, anna);
    await age(app, 'RefreshToken', 0.65 * LIFETIME);
    const refreshed = await Promise.all(Array.from({ length: 6 }, () => refresh(config, first.refresh)));
    assert.equal(new Set([first, ...refreshed].map(({ access }) => access)).size, 7);
    for (const { access, refresh: refreshToken, scope } of refreshed) {
      assert.equal(refreshToken, first.refresh);
      assert.equal(scope, 'call');
      assert.equal(await callStatus(app, access), 200);
    }
    assert.equal(await callStatus(app, first.access), 200);
  });

  test('gets a new refresh token in the last third, which works for 14 days of its own', async () => {
    const first = await obtainTokens(config, anna);
    await age(app, 'RefreshToken', 0.68 * LIFETIME);
    const second = await refresh(config, first.refresh);
    assert.notEqual(second.refresh, first.refresh);
    await age(app, 'RefreshToken', LIFETIME / 2);
    const third = await refresh(config, second.refresh);
    assert.equal(third.refresh, second.refresh);
    assert.equal(await callStatus(app, third.access), 200);
  });

  test('ends its authorization when it uses the old one later', async () => {
    const first = await obtainTokens(config, anna);
    await age(app, 'RefreshToken', 0.68 * LIFETIME);
    const second = await refresh(config, first.refresh);
    await passGracePeriod(app);
    await assert.rejects(refresh(config, first.refresh), refusal('invalid_grant'));
    await assertEnded(config, [first, second]);
  });
});

suite('a public client', () => {
  test('gets a new access token and a new refresh token each time, and keeps the old access token', async () => {
    const first = await obtainTokens(publicClient, anna);
    const second = await refresh(publicClient, first.refresh);
    assert.notEqual(second.access, first.access);
    assert.notEqual(second.refresh, first.refresh);
    assert.equal(second.scope, 'call');
    assert.equal(await callStatus(app, second.access), 200);
    assert.equal(await callStatus(app, first.access), 200);
    const third = await refresh(publicClient, second.refresh);
    assert.equal(await callStatus(app, third.access), 200);
  });

  test('that lost the response repeats the request within 30 seconds, and all successors work', async () => {
    const first = await obtainTokens(publicClient, anna);
    const lost = await refresh(publicClient, first.refresh);
    await passGracePeriod(app, 20);
    assert.equal(await isActive(publicClient, first.refresh), true);
    const repeated = await refresh(publicClient, first.refresh);
    assert.equal(new Set([first, lost, repeated].map(({ refresh: each }) => each)).size, 3);
    for (const { refresh: refreshToken, access } of [lost, repeated]) {
      assert.equal(await callStatus(app, access), 200);
      assert.equal(await callStatus(app, (await refresh(publicClient, refreshToken)).access), 200);
    }
  });

  test('gets three successors of one refresh token; a fourth use is refused, and ends nothing', async () => {
    const first = await obtainTokens(publicClient, anna);
    const uses = await Promise.allSettled(
      Array.from({ length: 5 }, () => refresh(publicClient, first.refresh)),
    );
    const successors = uses.filter((use) => use.status === 'fulfilled').map(({ value }) => value);
    const refused = uses.filter((use) => use.status === 'rejected').map(({ reason }) => reason);
    assert.equal(successors.length, 3);
    for (const { error, error_description: description } of refused) {
      assert.equal(error, 'invalid_grant');
      assert.match(description, /used too often: use a refresh token of a later response/);
    }
    for (const { access } of [first, ...successors]) assert.equal(await callStatus(app, access), 200);
    for (const { refresh: refreshToken } of successors) await refresh(publicClient, refreshToken);
  });

  test('that uses a refresh token later ends its whole family: all generations and all successors', async () => {
    const first = await obtainTokens(publicClient, anna);
    const successors = [
      await refresh(publicClient, first.refresh),
      await refresh(publicClient, first.refresh),
    ];
    const [, second] = successors;
    const third = await refresh(publicClient, second?.refresh ?? '');
    await passGracePeriod(app);

    assert.equal(await isActive(publicClient, first.refresh), false);
    await assert.rejects(refresh(publicClient, first.refresh), refusal('invalid_grant'));
    await assertEnded(publicClient, [first, ...successors, third]);
  });

  test('without a grace period, a second use ends the family at once', async () => {
    const first = await obtainTokens(strictClient, await addPerson(strict, 'strict'));
    const second = await refresh(strictClient, first.refresh);
    await assert.rejects(refresh(strictClient, first.refresh), refusal('invalid_grant'));
    await assertEnded(strictClient, [first, second]);
  });

  test('without a grace period, of 5 simultaneous uses at most one succeeds, and the family is ended', async () => {
    const first = await obtainTokens(strictClient, await addPerson(strict, 'strict-too'));
    const uses = await Promise.allSettled(
      Array.from({ length: 5 }, () => refresh(strictClient, first.refresh)),
    );
    const won = uses.filter((use) => use.status === 'fulfilled').map(({ value }) => value);
    assert.ok(won.length <= 1, `${won.length} refreshes succeeded`);
    await assertEnded(strictClient, [first, ...won]);
  });

  test('ends everything when it revokes a used refresh token', async () => {
    const first = await obtainTokens(publicClient, anna);
    const second = await refresh(publicClient, first.refresh);
    await oauth.tokenRevocation(publicClient, first.refresh);
    await assertEnded(publicClient, [first, second]);
  });
});

test("one authorization's reuse does not end another of the same user and client", async () => {
  const used = await obtainTokens(publicClient, anna);
  const other = await obtainTokens(publicClient, anna);
  await refresh(publicClient, used.refresh);
  await passGracePeriod(app);
  await assert.rejects(refresh(publicClient, used.refresh), refusal('invalid_grant'));

  assert.equal(await callStatus(app, used.access), 401);
  assert.equal(await callStatus(app, other.access), 200);
  assert.equal(await callStatus(app, (await refresh(publicClient, other.refresh)).access), 200);
});

test("a refresh token is bound to its client, and another client's attempt does not use it up", async () => {
  const tokens = await obtainTokens(publicClient, anna);
  await assert.rejects(refresh(config, tokens.refresh), refusal('invalid_grant'));
  await refresh(publicClient, tokens.refresh);
  await passGracePeriod(app);
  await assert.rejects(refresh(config, tokens.refresh), refusal('invalid_grant'));
  assert.equal(await callStatus(app, tokens.access), 200);
});

test('a refresh may ask for fewer scopes, not for more', async () => {
  const scope = 'click-to-dial:calls:create click-to-dial:calls:read';
  const tokens = await obtainTokens(config, anna, scope);
  const fewer = await refresh(config, tokens.refresh, { scope: 'click-to-dial:calls:read' });
  assert.equal(fewer.scope, 'click-to-dial:calls:read');
  await assert.rejects(refresh(config, fewer.refresh, { scope: `${scope} call` }), refusal('invalid_scope'));
});

test('a refresh token works for 14 days', async () => {
  for (const client of [config, publicClient]) {
    const tokens = await obtainTokens(client, anna);
    await age(app, 'RefreshToken', LIFETIME + 1);
    await assert.rejects(refresh(client, tokens.refresh), refusal('invalid_grant'));
  }
});

test('an authorization lasts for a year, however often its tokens are refreshed', async () => {
  const year = 365 * 24 * 3600;
  for (const client of [config, publicClient]) {
    const first = await obtainTokens(client, anna);
    await ageAuthorizations(app, year - 60);
    const second = await refresh(client, first.refresh);
    await ageAuthorizations(app, 61);
    await assert.rejects(refresh(client, second.refresh), refusal('invalid_grant'));
  }
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
