import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { addPerson, authorize, configure, registerDynamically } from './modern-walk.ts';

const NUMBER = '+447700900001';
const app = await startApp();
const anna = await addPerson(app, 'anna');
await app.users.setNumbers('anna', [NUMBER, '+447700900002'], COMMAND_LINE);
const [user] = await app.sql<{ id: string }>(`SELECT id FROM users WHERE name = 'anna'`);
const config = await configure(app, await addModernClient(app), undefined, 'oidc');

/** The claims of an ID token about its user. */
function aboutUser(idToken = ''): Record<string, unknown> {
  const {
    iss: _,
    aud: __,
    iat: ___,
    exp: ____,
    nonce: _____,
    at_hash: ______,
    ...claims
  } = decodeJwt(idToken);
  return claims;
}

async function tokensFor(scope: string, client = config) {
  const { callback, verifier } = await authorize(client, anna, { scope });
  return oauth.authorizationCodeGrant(client, callback, { pkceCodeVerifier: verifier });
}

for (const [scope, claims] of [
  ['openid', {}],
  ['openid profile', { preferred_username: 'anna', name: 'anna' }],
  ['openid phone', { phone_number: NUMBER }],
  ['openid profile phone call', { preferred_username: 'anna', name: 'anna', phone_number: NUMBER }],
] as const)
  test(`an ID token for ${scope} has the claims of UserInfo`, async () => {
    const { id_token: idToken, access_token: token } = await tokensFor(scope);
    assert.deepEqual(aboutUser(idToken), { sub: user?.id, ...claims });
    assert.deepEqual(aboutUser(idToken), await oauth.fetchUserInfo(config, token, String(user?.id)));
  });

test('a refresh returns an ID token with what holds now', async () => {
  const { refresh_token: refreshToken = '' } = await tokensFor('openid profile phone offline_access');
  await app.users.setNumbers('anna', ['+447700900009'], COMMAND_LINE);
  const refreshed = await oauth.refreshTokenGrant(config, refreshToken);
  assert.equal(aboutUser(refreshed.id_token)['phone_number'], '+447700900009');
  await app.users.setNumbers('anna', [NUMBER], COMMAND_LINE);
});

test('a request without openid gets no ID token', async () => {
  assert.equal((await tokensFor('call profile phone')).id_token, undefined);
});

test('an application that registers itself gets the claims, and may register for fewer scopes', async () => {
  const wide = await registerDynamically(app, { scope: 'openid profile phone' });
  const about = aboutUser((await tokensFor('openid profile phone', wide)).id_token);
  assert.deepEqual([about['name'], about['phone_number']], ['anna', NUMBER]);

  const narrow = await registerDynamically(app, { scope: 'openid profile' });
  const { callback } = await authorize(narrow, anna, { scope: 'openid profile phone' });
  assert.equal(callback.searchParams.get('error'), 'invalid_scope');
});
