import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addModernClient, MODERN_REDIRECT_URI } from '../../harness/people.ts';
import { addPerson, configure, redeem, refusal, walk } from './modern-walk.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');

async function withoutPkce() {
  const registered = await addModernClient(app);
  await app.clients.setPkceRequired(registered.client.id, false, COMMAND_LINE);
  return { registered, config: await configure(app, registered, undefined, 'oidc') };
}

const requestUrl = (config: oauth.Configuration, parameters: Record<string, string>): string =>
  oauth.buildAuthorizationUrl(config, {
    redirect_uri: MODERN_REDIRECT_URI,
    scope: 'openid call',
    ...parameters,
  }).href;

async function errorOf(address: string) {
  const { searchParams } = new URL((await new Browser(app.url).get(address)).location);
  return { error: searchParams.get('error'), error_description: searchParams.get('error_description') };
}

test('a client for which PKCE was lifted signs in with a nonce, which its ID token repeats', async () => {
  const { config } = await withoutPkce();
  const nonce = oauth.randomNonce();
  const { callback } = await walk(anna, requestUrl(config, { nonce }));
  const tokens = await oauth.authorizationCodeGrant(config, callback, { expectedNonce: nonce });
  assert.equal(tokens.claims()?.nonce, nonce);

  const stolen = await walk(anna, requestUrl(config, { nonce: 'of another session' }));
  await assert.rejects(oauth.authorizationCodeGrant(config, stolen.callback, { expectedNonce: nonce }));
});

test('without a nonce it needs PKCE, at the authorization endpoint and by a pushed request', async () => {
  const { config, registered } = await withoutPkce();
  const description = 'the request must have a code_challenge (PKCE), or a nonce with the scope openid';
  const refused = { error: 'invalid_request', error_description: description };
  for (const parameters of [{}, { nonce: '' }])
    assert.deepEqual(await errorOf(requestUrl(config, parameters)), refused);
  const pushed = oauth.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: MODERN_REDIRECT_URI,
    scope: 'openid call',
  });
  await assert.rejects(pushed, refusal('invalid_request'));

  // A nonce without `openid` gets no ID token, so it would protect nothing.
  const { error } = await errorOf(requestUrl(config, { nonce: 'n', scope: 'call' }));
  assert.equal(error, 'invalid_request');

  await app.clients.setPkceRequired(registered.client.id, true, COMMAND_LINE);
  assert.equal((await errorOf(requestUrl(config, { nonce: 'n' }))).error, 'invalid_request');
});

test('it may still use PKCE, which then holds: no verifier, no token', async () => {
  const { config } = await withoutPkce();
  const verifier = oauth.randomPKCECodeVerifier();
  const challenge = {
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  for (const nonce of [{}, { nonce: 'n' }] as Record<string, string>[]) {
    const { callback } = await walk(anna, requestUrl(config, { ...challenge, ...nonce }));
    const expected = nonce['nonce'] === undefined ? {} : { expectedNonce: nonce['nonce'] };
    await assert.rejects(oauth.authorizationCodeGrant(config, callback, expected), refusal('invalid_grant'));
    const again = await walk(anna, requestUrl(config, { ...challenge, ...nonce }));
    const checks = { ...expected, pkceCodeVerifier: verifier };
    assert.ok((await oauth.authorizationCodeGrant(config, again.callback, checks)).access_token);
  }

  const { callback } = await walk(anna, requestUrl(config, { nonce: 'n' }));
  await assert.rejects(redeem(config, { callback, verifier }), refusal('invalid_grant'));
});

test('other clients need PKCE, with or without a nonce', async () => {
  await withoutPkce();
  for (const kind of [{}, { public: true }]) {
    const config = await configure(app, await addModernClient(app, kind), undefined, 'oidc');
    for (const parameters of [{}, { nonce: 'n' }] as Record<string, string>[])
      assert.deepEqual(await errorOf(requestUrl(config, parameters)), {
        error: 'invalid_request',
        error_description: 'Authorization Server policy requires PKCE to be used for this request',
      });
  }
});
