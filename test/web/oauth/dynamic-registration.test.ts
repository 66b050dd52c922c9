import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'openid-client';
import { hashToken } from '../../../src/core/tokens/access-token.ts';
import { startApp } from '../../harness/app.ts';
import { MODERN_REDIRECT_URI } from '../../harness/people.ts';
import {
  addPerson,
  age,
  callStatus,
  issueInitialAccessToken,
  jsonOf,
  obtainTokens,
  refresh,
  registerDynamically,
} from './modern-walk.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');

const METADATA = { client_name: 'Self-made', redirect_uris: [MODERN_REDIRECT_URI] };

function register(metadata: object, token: string): Promise<Response> {
  return fetch(`${app.url}/oauth/register`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== '' && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(metadata),
  });
}

test('a client that registers itself gets from code and PKCE to a token and its refresh', async () => {
  const config = await registerDynamically(app, METADATA);
  const tokens = await obtainTokens(config, anna);
  assert.equal(await callStatus(app, tokens.access), 200);
  assert.equal(await callStatus(app, (await refresh(config, tokens.refresh)).access), 200);
});

test('its secret is shown once, and kept as a hash only', async () => {
  const answer = await register(METADATA, await issueInitialAccessToken(app));
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const { client_id: id, client_secret: secret } = await jsonOf(answer);
  assert.ok(typeof secret === 'string');
  const [row] = await app.sql<{ row: string; secret_hash: string; classic: boolean }>(
    'SELECT to_jsonb(c)::text AS row, secret_hash, classic FROM clients c WHERE id = $1',
    [id],
  );
  assert.ok(row?.secret_hash);
  assert.ok(!row.row.includes(secret));
  assert.equal(row.classic, false);
});

test('a client may register as public', async () => {
  const config = await registerDynamically(
    app,
    { token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'] },
    oauth.None(),
  );
  assert.equal(config.clientMetadata()['client_secret'], undefined);
  assert.equal(await callStatus(app, (await obtainTokens(config, anna)).access), 200);
});

test('registering a client requires an initial access token', async () => {
  const config = await registerDynamically(app);
  const { access_token: other } = await oauth.clientCredentialsGrant(config, { scope: 'call' });
  const before = await app.clients.listClients();
  for (const token of ['', 'guessed', other]) {
    const answer = await register(METADATA, token);
    assert.equal(answer.status, 401, token);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer /, token);
  }
  assert.equal((await app.clients.listClients()).length, before.length);
});

test('a removed initial access token is refused', async () => {
  const token = await issueInitialAccessToken(app);
  assert.equal((await register(METADATA, token)).status, 201);
  await app.sql(`DELETE FROM artifacts WHERE model = 'InitialAccessToken' AND id = $1`, [
    hashToken(token).toString('base64url'),
  ]);
  assert.equal((await register(METADATA, token)).status, 401);
});

test('an initial access token works for a day', async () => {
  const token = await issueInitialAccessToken(app);
  await age(app, 'InitialAccessToken', 24 * 3600 + 60);
  assert.equal((await register(METADATA, token)).status, 401);
});

for (const [what, wrong] of Object.entries({
  'the classic flag': { classic: true },
  'the classic flag, even to deny it': { classic: false },
  'the classic response mode for tokens': { response_modes: ['classic.token'] },
  'the classic response mode for codes, beside others': { response_modes: ['query', 'classic.code'] },
  'the response type none': { response_types: ['none'] },
  'the response type none beside code': { response_types: ['code', 'none'] },
  'the implicit grant': { grant_types: ['implicit'], response_types: ['token'] },
  'the password grant': { grant_types: ['password'] },
  'keys by address': { jwks_uri: 'https://evil.example/jwks' },
  'keys by address for private_key_jwt': {
    jwks_uri: 'https://evil.example/jwks',
    token_endpoint_auth_method: 'private_key_jwt',
  },
  'a sector identifier by address': { sector_identifier_uri: 'https://evil.example/sector' },
  client_secret_jwt: { token_endpoint_auth_method: 'client_secret_jwt' },
  'a redirect URI with a fragment': { redirect_uris: ['https://app.example/cb#fragment'] },
  'a script for a redirect URI': { redirect_uris: ['javascript:alert(1)'] },
  'no redirect URI': { redirect_uris: [] },
  'origins that are none': { origins: ['https://app.example/path'] },
})) {
  test(`a client cannot register itself with ${what}`, async () => {
    const token = await issueInitialAccessToken(app);
    const before = await app.clients.listClients();
    const answer = await register({ ...METADATA, ...wrong }, token);
    assert.equal(answer.status, 400, await answer.clone().text());
    assert.match(String((await jsonOf(answer))['error']), /^invalid_(client_metadata|redirect_uri|request)$/);
    assert.equal((await app.clients.listClients()).length, before.length);
  });
}

test('registered clients can neither be read nor changed nor removed over the network', async () => {
  const config = await registerDynamically(app);
  const { client_id: id } = config.clientMetadata();
  assert.equal(config.clientMetadata()['registration_access_token'], undefined);
  const token = await issueInitialAccessToken(app);
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const answer = await fetch(`${app.url}/oauth/register/${id}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(answer.status, 404, method);
  }
  assert.equal((await fetch(`${app.url}/oauth/register`)).status, 405);
});

test('a client that registers its web origins may have its answers read there', async () => {
  const config = await registerDynamically(app, { origins: ['https://spa.example'] });
  const { access } = await obtainTokens(config, anna);
  const answer = await fetch(`${app.url}/rest/call`, {
    headers: { authorization: `Bearer ${access}`, origin: 'https://spa.example' },
  });
  assert.equal(answer.headers.get('access-control-allow-origin'), 'https://spa.example');
});
