import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { hashToken } from '../../../src/core/tokens/access-token.ts';
import { startApp, startNode, type TestApp } from '../../harness/app.ts';
import { MODERN_REDIRECT_URI } from '../../harness/people.ts';
import {
  addPerson,
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

function register(metadata: object, token: string, on: Pick<TestApp, 'url'> = app): Promise<Response> {
  return fetch(`${on.url}/oauth/register`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== '' && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(metadata),
  });
}

async function countClients(): Promise<number> {
  const [row] = await app.sql<{ count: number }>('SELECT count(*)::integer AS count FROM clients');
  return row?.count ?? -1;
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
  const before = await countClients();
  for (const token of ['', 'guessed', other]) {
    const answer = await register(METADATA, token);
    assert.equal(answer.status, 401, token);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer /, token);
  }
  assert.equal(await countClients(), before);
});

test('a removed initial access token is refused', async () => {
  const token = await issueInitialAccessToken(app);
  assert.equal((await register(METADATA, token)).status, 201);
  await app.sql('DELETE FROM initial_access_tokens WHERE hash = $1', [
    hashToken(token).toString('base64url'),
  ]);
  assert.equal((await register(METADATA, token)).status, 401);
});

test('an initial access token works for a day', async () => {
  const token = await issueInitialAccessToken(app);
  await app.sql(`UPDATE initial_access_tokens SET expires_at = expires_at - interval '1 day 1 minute'`);
  assert.equal((await register(METADATA, token)).status, 401);
});

for (const [what, wrong] of Object.entries({
  'the classic flag': { classic: true },
  'the classic flag, even to deny it': { classic: false },
  'the classic response mode for tokens': { response_modes: ['classic.token'] },
  'the classic response mode for codes, beside others': { response_modes: ['query', 'classic.code'] },
  'a response mode that the server does not offer': { response_modes: ['fragment'] },
  'such a response mode beside others': { response_modes: ['query', 'fragment'] },
  'a response mode that is no text': { response_modes: [1] },
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
  'an origin that is no text': { origins: [1] },
  'too many origins': { origins: Array.from({ length: 21 }, (_, index) => `https://app${index}.example`) },
  'a blank name': { client_name: ' \u00a0 ' },
  'a name of 101 characters': { client_name: 'x'.repeat(101) },
  'a name with a zero-width space': { client_name: 'CR\u200bM' },
  'a name that changes the writing direction': { client_name: 'CRM\u202e' },
  'a name with a variation selector': { client_name: 'CRM\ufe0f' },
  'a name with a selector of ideographs': { client_name: 'CRM\u{e0101}' },
  'a name with a Mongolian selector': { client_name: 'CR\u180bM' },
  'a name with a Khmer inherent vowel': { client_name: 'CR\u17b4M' },
  'a name with a combining grapheme joiner': { client_name: 'CR\u034fM' },
  'a name with a Hangul filler': { client_name: 'CR\u3164M' },
  'a name that begins with a no-break space': { client_name: '\u00a0CRM' },
  'a name that ends with a space': { client_name: 'CRM ' },
  'a name with a control character': { client_name: 'CRM\u0001' },
  'a name that is no text': { client_name: { toString: 'x' } },
  'a long home page': { client_uri: `https://app.example/${'x'.repeat(2_048)}` },
  'a long scope': { scope: 'call '.repeat(201) },
  'many keys': { jwks: { keys: Array.from({ length: 20 }, () => ({ kty: 'oct', k: 'x'.repeat(1_000) })) } },
  'PKCE lifted': { pkce_required: false },
  'PKCE required, which only an administrator decides': { pkce_required: true },
  'an audience for its assertions': { assertion_audience: 'tokenEndpoint' },
})) {
  test(`a client cannot register itself with ${what}`, async () => {
    const token = await issueInitialAccessToken(app);
    const before = await countClients();
    const answer = await register({ ...METADATA, ...wrong }, token);
    assert.equal(answer.status, 400, await answer.clone().text());
    assert.match(String((await jsonOf(answer))['error']), /^invalid_(client_metadata|redirect_uri|request)$/);
    assert.equal(await countClients(), before);
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
  const origins = ['https://spa.example', 'moz-extension://4f5ccb0a-2f5b-4f3b', 'capacitor://localhost'];
  const { access } = await obtainTokens(await registerDynamically(app, { origins }), anna);
  for (const origin of origins) {
    const answer = await fetch(`${app.url}/rest/call`, {
      headers: { authorization: `Bearer ${access}`, origin },
    });
    assert.equal(answer.headers.get('access-control-allow-origin'), origin);
  }
});

test('a name may have 100 characters of any script', async () => {
  for (const name of ['x'.repeat(100), '\u{1f4de}'.repeat(100), 'Zo\u00eb\u2019s CRM \u2014 \u96fb\u8a71']) {
    const answer = await register({ ...METADATA, client_name: name }, await issueInitialAccessToken(app));
    assert.equal(answer.status, 201, name);
  }
});

test('metadata that the server does not use is neither stored nor repeated', async () => {
  const used = { ...METADATA, client_uri: 'https://app.example/', scope: 'call' };
  const unused = {
    logo_uri: 'http://169.254.169.254/logo',
    policy_uri: 'https://app.example/policy',
    tos_uri: 'https://app.example/terms',
    contacts: ['x'.repeat(10_000)],
    initiate_login_uri: 'https://app.example/login',
    default_acr_values: ['x'.repeat(10_000)],
    request_uris: ['https://app.example/request'],
    frontchannel_logout_uri: 'https://app.example/logout',
    userinfo_signed_response_alg: 'HS256',
    software_id: 'x',
    software_statement: 'x',
    'client_name#de': 'Name',
    invented: { deeply: ['nested'] },
  };
  const answer = await register({ ...used, ...unused }, await issueInitialAccessToken(app));
  assert.equal(answer.status, 201, await answer.clone().text());
  const registered = await jsonOf(answer);
  const [row] = await app.sql<{ metadata: Record<string, unknown> }>(
    'SELECT metadata FROM clients WHERE id = $1',
    [registered['client_id']],
  );
  for (const [name, value] of Object.entries(used)) {
    assert.deepEqual(registered[name], value, name);
    assert.deepEqual(row?.metadata[name], value, name);
  }
  for (const name of Object.keys(unused)) {
    assert.ok(!(name in registered), name);
    assert.ok(!(name in (row?.metadata ?? {})), name);
  }
});

suite('an initial access token registers as many clients as it was issued for', () => {
  test('one after the other, and then says why no more', async () => {
    const token = await issueInitialAccessToken(app, 2);
    assert.equal((await register(METADATA, token)).status, 201);
    assert.equal((await register(METADATA, token)).status, 201);
    const refused = await register(METADATA, token);
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer /);
    assert.deepEqual(await jsonOf(refused), {
      error: 'invalid_token',
      error_description: 'the initial access token has been used for all its registrations',
    });
  });

  test('also at the same time, on two nodes', async () => {
    const node = await startNode(app);
    const token = await issueInitialAccessToken(app, 3);
    const before = await countClients();
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => register(METADATA, token, index % 2 === 0 ? app : node)),
    );
    assert.equal(answers.filter(({ status }) => status === 201).length, 3);
    assert.equal(answers.filter(({ status }) => status === 401).length, 9);
    assert.equal(await countClients(), before + 3);
  });

  test('a refused registration does not count', async () => {
    const token = await issueInitialAccessToken(app, 1);
    assert.equal((await register({ ...METADATA, client_name: ' ' }, token)).status, 400);
    assert.equal((await register(METADATA, token)).status, 201);
  });

  test('of at least one', async () => {
    for (const registrations of [0, -1, 1.5, 1_001])
      await assert.rejects(issueInitialAccessToken(app, registrations), /a whole number from 1 to 1000/);
  });
});
