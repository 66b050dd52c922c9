import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../../src/core/audit/actor.ts';
import { startApp } from '../../../harness/app.ts';
import { bearer } from '../../../harness/people.ts';
import { FORM, request } from '../../../platform/http/request.ts';
import { addPerson, age, authorize, refusal, registerDynamically, walk } from '../modern-walk.ts';
import { RelyingParty, type Session } from './relying-party.ts';

/** The modules of the plan `oidcc-basic-certification-test-plan` about tokens, UserInfo and claims (docs/use-the-api/conformance.md). */

const NUMBER = '+447700900001';
const USERINFO = '/oauth/userinfo';

const app = await startApp();
const anna = await addPerson(app, 'anna');
await app.users.setNumbers('anna', [NUMBER], COMMAND_LINE);
const party = await RelyingParty.register(app);
const metadata = await readMetadata();

async function readMetadata(): Promise<Record<string, unknown>> {
  return (await request(app, 'GET', '/.well-known/openid-configuration')).json();
}

const askUserInfo = ({ accessToken }: Session) => request(app, 'GET', USERINFO, bearer(accessToken));

/** The claims of the person at UserInfo. */
async function claimsOf(session: Session): Promise<Record<string, unknown>> {
  const answer = await askUserInfo(session);
  assert.equal(answer.status, 200, answer.text);
  const { sub, ...claims } = answer.json();
  assert.equal(sub, session.claims.sub);
  return claims;
}

const NAMES = { preferred_username: 'anna', name: 'anna' };

// Core sections 3.1.2, 3.1.3 and 10.1
test('oidcc-server (passes): the code flow gives a signed ID token for this client and nonce, and a token for UserInfo', async () => {
  const sent = party.request();
  const session = await party.redeem(sent, await walk(anna, sent.url));
  const { claims, callback, idToken } = session;
  assert.equal(callback.searchParams.get('state'), sent.state);
  assert.equal(callback.searchParams.get('iss'), app.url);
  assert.deepEqual([claims.iss, claims.aud, claims.nonce], [app.url, party.clientId, sent.nonce]);
  assert.ok(claims.sub.length > 0 && claims.sub.length <= 255);
  assert.ok(claims.exp > claims.iat);
  assert.deepEqual(await claimsOf(session), {});

  const { keys } = (await request(app, 'GET', '/oauth/jwks')).json<{ keys: Record<string, unknown>[] }>();
  const ids = keys.map(({ kid }) => kid);
  assert.equal(new Set(ids).size, keys.length);
  assert.ok(ids.includes(decodeProtectedHeader(idToken).kid));
  assert.deepEqual(
    keys.filter((key) => 'd' in key),
    [],
  );
});

// Core sections 2 and 10.1. This module registers its client itself.
test('oidcc-idtoken-signature (fails): a client that registers itself needs PKCE; with PKCE, RS256 and a kid are the default', async () => {
  const config = await registerDynamically(app);
  const withoutPkce = new URL(
    oauth.buildAuthorizationUrl(config, {
      redirect_uri: 'http://localhost:5555/cb',
      scope: 'openid',
      nonce: 'n',
    }),
  );
  const { callback: refused } = await walk(anna, withoutPkce);
  assert.equal(refused.searchParams.get('error'), 'invalid_request');

  const { callback, verifier } = await authorize(config, anna, { scope: 'openid', nonce: 'n' });
  const checks = { pkceCodeVerifier: verifier, expectedNonce: 'n' };
  const { id_token: idToken } = await oauth.authorizationCodeGrant(config, callback, checks);
  const { alg, kid } = decodeProtectedHeader(idToken ?? '');
  assert.deepEqual([alg, typeof kid], ['RS256', 'string']);
});

// Core section 3.1.3.7, Discovery section 3
test('oidcc-idtoken-unsigned (skipped): discovery lists no unsigned ID tokens, and no client can register for them', async () => {
  assert.deepEqual(metadata['id_token_signing_alg_values_supported'], ['RS256', 'ES256']);
  await assert.rejects(
    registerDynamically(app, { id_token_signed_response_alg: 'none' }),
    refusal('invalid_client_metadata'),
  );
});

// Core sections 5.3.1 and 5.3.2
test('oidcc-userinfo-get (passes): UserInfo answers a GET with JSON, and with the sub of the ID token', async () => {
  const session = await party.signIn(anna);
  const answer = await askUserInfo(session);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json\b/);
  assert.equal(answer.json()['sub'], session.claims.sub);
});

test('oidcc-userinfo-post-header (passes): UserInfo answers a POST with the token in the header', async () => {
  const { accessToken, claims } = await party.signIn(anna);
  const answer = await request(app, 'POST', USERINFO, bearer(accessToken));
  assert.deepEqual([answer.status, answer.json()['sub']], [200, claims.sub]);
});

// RFC 6750 section 2.2
test('oidcc-userinfo-post-body (passes): UserInfo answers a POST with the token in the form', async () => {
  const { accessToken, claims } = await party.signIn(anna);
  const form = new URLSearchParams({ access_token: accessToken });
  const answer = await request(app, 'POST', USERINFO, FORM, form.toString());
  assert.deepEqual([answer.status, answer.json()['sub']], [200, claims.sub]);
});

// Core section 5.4
test('oidcc-scope-profile (warns): profile gives preferred_username and name, and no claim that people do not have', async () => {
  assert.deepEqual(await claimsOf(await party.signIn(anna, { scope: 'openid profile' })), NAMES);
});

test('oidcc-scope-phone (warns): phone gives phone_number, and no phone_number_verified, because numbers are not verified', async () => {
  const session = await party.signIn(anna, { scope: 'openid phone' });
  assert.deepEqual(await claimsOf(session), { phone_number: NUMBER });
});

/** The suite then skips the modules that request the scope. */
function assertNotListed(scope: string): void {
  assert.ok(!(metadata['scopes_supported'] as string[]).includes(scope));
}

async function assertScopeIgnored(scope: string): Promise<void> {
  assertNotListed(scope);
  assert.deepEqual(await claimsOf(await party.signIn(anna, { scope: `openid ${scope}` })), {});
}

test('oidcc-scope-email (skipped): discovery does not list email, and a request for it is answered without it', () =>
  assertScopeIgnored('email'));

test('oidcc-scope-address (skipped): discovery does not list address, and a request for it is answered without it', () =>
  assertScopeIgnored('address'));

test('oidcc-scope-all (skipped): discovery lists neither email nor address; profile and phone are given beside them', async () => {
  assertNotListed('email');
  assertNotListed('address');
  const session = await party.signIn(anna, { scope: 'openid email phone address profile' });
  assert.deepEqual(await claimsOf(session), { ...NAMES, phone_number: NUMBER });
});

// RFC 6749 section 3.3: the order of scopes does not matter.
test('oidcc-alternate-happy-flow (skipped): it requests email; other scopes and parameters work in any order', async () => {
  assertNotListed('email');
  const { url, state, nonce } = party.request({ scope: 'phone email openid' });
  const reversed = new URLSearchParams([...url.searchParams].toReversed());
  const walked = await walk(anna, `${url.origin}${url.pathname}?${reversed}`);
  assert.deepEqual(await claimsOf(await party.redeem({ state, nonce }, walked)), { phone_number: NUMBER });
});

// Core sections 5.2 and 15.1
test('oidcc-claims-locales (passes): claims_locales causes no error', async () => {
  assert.ok((await party.signIn(anna, { claims_locales: 'se' })).idToken);
});

// Core section 5.5: the parameter claims is optional.
test('oidcc-claims-essential (warns): claims is not supported, which discovery says; the sign-in succeeds without the name', async () => {
  const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
  const session = await party.signIn(anna, { claims });
  assert.deepEqual([await claimsOf(session), session.claims['name']], [{}, undefined]);
  assert.notEqual(metadata['claims_parameter_supported'], true);
});

// RFC 6749 section 4.1.2, Core section 3.1.3.2
test('oidcc-codereuse (passes): a code that was already redeemed is refused with invalid_grant', async () => {
  const sent = party.request();
  const walked = await walk(anna, sent.url);
  await party.redeem(sent, walked);
  await assert.rejects(party.redeem(sent, walked), refusal('invalid_grant'));
});

test('oidcc-codereuse-30seconds (passes): the same after 30 seconds, and the access token is revoked', async () => {
  const sent = party.request();
  const walked = await walk(anna, sent.url);
  const session = await party.redeem(sent, walked);
  await age(app, 'AuthorizationCode', 30);
  assert.equal((await askUserInfo(session)).status, 200);
  await assert.rejects(party.redeem(sent, walked), refusal('invalid_grant'));
  assert.equal((await askUserInfo(session)).status, 401);
});

// Core section 9
test('oidcc-server-client-secret-post (passes): a client may send its secret in the form', async () => {
  const posting = await RelyingParty.register(app, oauth.ClientSecretPost);
  assert.deepEqual(await claimsOf(await posting.signIn(anna)), {});
});

// RFC 6749 section 6, Core section 12
test('oidcc-refresh-token (passes): a refresh gives a token and an ID token of the same user, to this client alone', async () => {
  const parameters = { scope: 'openid offline_access', prompt: 'consent' };
  const { refreshToken, claims } = await party.signIn(anna, parameters);
  const refreshed = await oauth.refreshTokenGrant(party.config, refreshToken);
  const { iss, sub, aud } = refreshed.claims() ?? {};
  assert.deepEqual([iss, sub, aud], [claims.iss, claims.sub, claims.aud]);
  const answer = await request(app, 'GET', USERINFO, bearer(refreshed.access_token));
  assert.equal(answer.status, 200);

  const other = await RelyingParty.register(app);
  const ofOther = await other.signIn(anna, parameters);
  await assert.rejects(oauth.refreshTokenGrant(party.config, ofOther.refreshToken), refusal('invalid_grant'));
  assert.ok((await oauth.refreshTokenGrant(other.config, ofOther.refreshToken)).access_token);
});

// RFC 7636 sections 4.3 and 4.5
test('oidcc-ensure-request-with-valid-pkce-succeeds (passes): a request with PKCE succeeds with its verifier', async () => {
  const verifier = oauth.randomPKCECodeVerifier();
  const sent = party.request({
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const session = await party.redeem(sent, await walk(anna, sent.url), { pkceCodeVerifier: verifier });
  assert.deepEqual(await claimsOf(session), {});
});
