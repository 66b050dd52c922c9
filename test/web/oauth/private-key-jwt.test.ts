import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import * as oauth from 'openid-client';
import { startApp } from '../../harness/app.ts';
import {
  addPerson,
  callStatus,
  isActive,
  jsonOf,
  obtainTokens,
  refresh,
  registerDynamically,
} from './modern-walk.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');

const keys = await generateKeyPair('ES256', { extractable: true });
const publicJwk = { ...(await exportJWK(keys.publicKey)), kid: 'first', alg: 'ES256', use: 'sig' };
const metadata = {
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'ES256',
  jwks: { keys: [publicJwk] },
};
const config = await registerDynamically(
  app,
  metadata,
  oauth.PrivateKeyJwt({ key: keys.privateKey, kid: 'first' }),
);
const { client_id: id } = config.clientMetadata();

/** Claims that are to be others; undefined leaves them out. */
type Wrong = { readonly [Claim in keyof JWTPayload]?: JWTPayload[Claim] | undefined };

function assertion(wrong: Wrong = {}, key = keys.privateKey): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: id, sub: id, aud: app.url, jti: randomUUID(), iat: now, exp: now + 60, ...wrong };
  return new SignJWT(JSON.parse(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', kid: 'first' })
    .sign(key);
}

function askForToken(clientAssertion: string): Promise<Response> {
  return fetch(`${app.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'call',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: clientAssertion,
    }),
  });
}

test('a client that signs with its key gets tokens, refreshes, introspects and revokes them', async () => {
  assert.equal(config.clientMetadata()['client_secret'], undefined);
  const tokens = await obtainTokens(config, anna);
  assert.equal(await callStatus(app, tokens.access), 200);
  const { access } = await refresh(config, tokens.refresh);
  assert.equal(await isActive(config, access), true);
  await oauth.tokenRevocation(config, access);
  assert.equal(await callStatus(app, access), 401);
});

test('its secret and private key are not stored', async () => {
  const [row] = await app.sql<{ secret_hash: string | null; metadata: { jwks: unknown } }>(
    'SELECT secret_hash, metadata FROM clients WHERE id = $1',
    [id],
  );
  assert.equal(row?.secret_hash, null);
  assert.deepEqual(row?.metadata.jwks, { keys: [publicJwk] });
});

test('an assertion works once, also when it is used several times at once', async () => {
  const replayed = await assertion();
  assert.equal((await askForToken(replayed)).status, 200);
  const again = await askForToken(replayed);
  assert.match(String(again.status), /^40[01]$/);
  assert.equal((await jsonOf(again))['access_token'], undefined);

  const raced = await assertion();
  const answers = await Promise.all(Array.from({ length: 8 }, () => askForToken(raced)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
});

test('an assertion must be signed by the registered key, for this server, by this client, and not be over', async () => {
  const now = Math.floor(Date.now() / 1000);
  const stranger = await generateKeyPair('ES256');
  const wrong = {
    'the key of another': assertion({}, stranger.privateKey),
    'for another server': assertion({ aud: 'https://evil.example' }),
    'by another client': assertion({ iss: 'another' }),
    'over since a while': assertion({ iat: now - 600, exp: now - 300 }),
    'without an end': assertion({ exp: undefined }),
    'without a jti': assertion({ jti: undefined }),
  };
  for (const [because, made] of Object.entries(wrong)) {
    const answer = await askForToken(await made);
    assert.equal(answer.status, 401, because);
    assert.equal((await jsonOf(answer))['error'], 'invalid_client', because);
  }
});

test('it is refused without its key', async () => {
  const answer = await fetch(`${app.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'call', client_id: id }),
  });
  assert.equal(answer.status, 401);
});

test('a private key cannot be registered by mistake', async () => {
  const jwks = { keys: [{ ...(await exportJWK(keys.privateKey)), alg: 'ES256' }] };
  await assert.rejects(registerDynamically(app, { ...metadata, jwks }), { status: 400 });
});
