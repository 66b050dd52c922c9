import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'openid-client';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { addPerson, authorize, configure, jsonOf, redeem } from './modern-walk.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');
const config = await configure(app, await addModernClient(app));

const documents = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];

for (const path of documents) {
  test(`${path} lists all endpoints, under the public URL`, async () => {
    const answer = await fetch(app.url + path);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    const metadata = await jsonOf(answer);
    const expected = {
      issuer: app.url,
      authorization_endpoint: `${app.url}/oauth/authorize`,
      token_endpoint: `${app.url}/oauth/token`,
      introspection_endpoint: `${app.url}/oauth/introspect`,
      revocation_endpoint: `${app.url}/oauth/revoke`,
      registration_endpoint: `${app.url}/oauth/register`,
      device_authorization_endpoint: `${app.url}/oauth/device_authorization`,
      pushed_authorization_request_endpoint: `${app.url}/oauth/par`,
      jwks_uri: `${app.url}/oauth/jwks`,
      userinfo_endpoint: `${app.url}/oauth/userinfo`,
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
      authorization_response_iss_parameter_supported: true,
      request_uri_parameter_supported: false,
    };
    for (const [name, value] of Object.entries(expected)) assert.deepEqual(metadata[name], value, name);
    assert.deepEqual(
      new Set(metadata['grant_types_supported'] as string[]),
      new Set([
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:device_code',
      ]),
    );
    assert.deepEqual(
      new Set(metadata['scopes_supported'] as string[]),
      new Set([
        'call',
        'click-to-dial:calls:create',
        'click-to-dial:calls:read',
        'click-to-dial:calls:delete',
        'click-to-dial:recordings:read',
        'webhooks',
        'admin',
        'openid',
        'profile',
        'phone',
        'offline_access',
      ]),
    );
    assert.deepEqual(
      new Set(metadata['claims_supported'] as string[]),
      new Set(['sub', 'preferred_username', 'name', 'phone_number', 'iss', 'auth_time', 'sid']),
    );
  });

  test(`${path} does not mention the classic flows`, async () => {
    const metadata = await jsonOf(await fetch(app.url + path));
    const values = Object.entries<unknown>(metadata)
      // There, "none" is how public clients authenticate.
      .filter(([name]) => !name.endsWith('_endpoint_auth_methods_supported'))
      .flatMap(([, value]) => value);
    for (const value of ['none', 'implicit', 'token', 'id_token', 'fragment', 'plain', 'password'])
      assert.ok(!values.includes(value), value);
    assert.doesNotMatch(JSON.stringify(metadata), /classic|implicit|oauth\/auth"|client_secret_jwt/);
  });

  test(`${path} may be read by scripts of any web site`, async () => {
    const answer = await fetch(app.url + path, { headers: { origin: 'https://somewhere.example' } });
    assert.match(
      answer.headers.get('access-control-allow-origin') ?? '',
      /^(\*|https:\/\/somewhere\.example)$/,
    );
  });
}

test('every endpoint that the metadata names is there', async () => {
  const metadata = await jsonOf(await fetch(app.url + documents[0]));
  for (const [name, url] of Object.entries<unknown>(metadata)) {
    if (!name.endsWith('_endpoint') && name !== 'jwks_uri') continue;
    const method =
      /authorization_endpoint$|jwks_uri$/.test(name) && !/device|pushed/.test(name) ? 'GET' : 'POST';
    const answer = await fetch(String(url), { method });
    assert.notEqual(answer.status, 404, name);
    assert.ok(answer.status < 500, `${name}: ${answer.status}`);
  }
});

test('the public URL is the issuer, for any Host header', async () => {
  const forged = {
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    forwarded: 'host=evil.example',
  };
  const metadata = await (await fetch(app.url + documents[0], { headers: forged })).text();
  assert.doesNotMatch(metadata, /evil/);
});

test('an authorization response names its issuer, and a client notices when it is another (RFC 9207)', async () => {
  const authorized = await authorize(config, anna);
  assert.equal(authorized.callback.searchParams.get('iss'), app.url);

  for (const issuer of ['https://evil.example', undefined]) {
    const callback = new URL(authorized.callback);
    if (issuer === undefined) callback.searchParams.delete('iss');
    else callback.searchParams.set('iss', issuer);
    await assert.rejects(redeem(config, { ...authorized, callback }), /invalid response encountered/);
  }
  await redeem(config, authorized);
});

test('an error response names its issuer, too', async () => {
  const url = oauth.buildAuthorizationUrl(config, {
    redirect_uri: 'http://localhost:5555/cb',
    scope: 'call',
  });
  const { searchParams } = new URL((await anna.browser.get(url.href)).location);
  assert.ok(searchParams.has('error'));
  assert.equal(searchParams.get('iss'), app.url);
});
