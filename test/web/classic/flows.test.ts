import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addDemoClient, addUser, bearer } from '../../harness/people.ts';
import { credentials, fragmentOf, parametersOf, withQuery } from './flow.ts';

const app = await startApp();
const client = await addDemoClient(app);

test('the application flow, step by step as documented, ends with a token in the fragment', async () => {
  await addUser(app, 'anna');
  const browser = new Browser(app.url);
  const parameters = parametersOf(client, 'code');
  const query = new URLSearchParams(parameters);

  const start = await browser.get(
    `/oauth/auth?client_id=${client.id}&response_type=code&redirect_uri=${client.redirectUri}&scope=call`,
  );
  assert.equal(start.status, 302);
  assert.equal(start.location, `${app.url}/auth/login?${query}`);

  const login = await browser.get(start.location);
  assert.equal(login.status, 200);
  assert.match(login.headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(login.headers.get('cache-control'), 'no-store');
  assert.deepEqual(login.json(), parameters);

  const signedIn = await browser.post('/auth/login', { ...parameters, ...credentials('anna') });
  assert.equal(signedIn.status, 303);
  assert.equal(signedIn.location, `${app.url}/auth/grant?${query}`);

  const grant = await browser.get(signedIn.location);
  assert.equal(grant.status, 200);
  assert.match(grant.headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(grant.headers.get('cache-control'), 'no-store');
  assert.deepEqual(grant.json(), parameters);

  const granted = await browser.post('/auth/grant', { ...parameters, grant: 'true' });
  assert.equal(granted.status, 303);
  assert.match(granted.headers.get('location') ?? '', /^http:\/\/localhost:\d+\/test\?code=[\w-]+$/);
  assert.equal(granted.headers.get('cache-control'), 'no-store');
  assert.equal(granted.headers.get('referrer-policy'), 'no-referrer');

  const code = new URL(granted.location).searchParams.get('code') ?? '';
  const received = await browser.get(granted.location);
  assert.equal(received.status, 200);
  assert.deepEqual(received.json(), { code });

  const redeemed = await browser.get(
    `/oauth/token?client_id=${client.id}&client_secret=${client.secret}&code=${code}&redirect_uri=${client.redirectUri}&grant_type=authorization_code`,
  );
  assert.equal(redeemed.status, 303);
  assert.match(
    redeemed.headers.get('location') ?? '',
    /^http:\/\/localhost:\d+\/test#access_token=[\w-]+&token_type=Bearer&expires_in=3600$/,
  );
  assert.equal(redeemed.headers.get('cache-control'), 'no-store');
  assert.equal(redeemed.headers.get('referrer-policy'), 'no-referrer');

  const token = fragmentOf(redeemed.location).get('access_token') ?? '';
  const calls = await browser.get('/rest/call', bearer(token));
  assert.equal(calls.status, 200);
  assert.deepEqual(calls.json(), []);
});

test('the client-side flow, step by step as documented, ends with a token in the fragment', async () => {
  await addUser(app, 'bert');
  const browser = new Browser(app.url);
  const parameters = parametersOf(client, 'token');
  const query = new URLSearchParams(parameters);

  const start = await browser.get(
    `/oauth/auth?client_id=${client.id}&response_type=token&redirect_uri=${client.redirectUri}&scope=call`,
  );
  assert.equal(start.status, 302);
  assert.equal(start.location, `${app.url}/auth/login?${query}`);

  const login = await browser.get(start.location);
  assert.equal(login.status, 200);
  assert.deepEqual(login.json(), parameters);

  const signedIn = await browser.post('/auth/login', { ...parameters, ...credentials('bert') });
  assert.equal(signedIn.status, 303);
  assert.equal(signedIn.location, `${app.url}/auth/grant?${query}`);

  const grant = await browser.get(signedIn.location);
  assert.equal(grant.status, 200);
  assert.deepEqual(grant.json(), parameters);

  const granted = await browser.post('/auth/grant', { ...parameters, grant: 'true' });
  assert.equal(granted.status, 303);
  assert.match(
    granted.headers.get('location') ?? '',
    /^http:\/\/localhost:\d+\/test#access_token=[\w-]+&token_type=Bearer&expires_in=3600$/,
  );
  assert.equal(granted.headers.get('cache-control'), 'no-store');
  assert.equal(granted.headers.get('referrer-policy'), 'no-referrer');

  const token = fragmentOf(granted.location).get('access_token') ?? '';
  const calls = await browser.get(`/rest/call?access_token=${token}`);
  assert.equal(calls.status, 200);
  assert.deepEqual(calls.json(), []);
});

test('both flows issue an hour’s token with scope call, and no refresh token', async () => {
  const tokens = await app.sql(
    `SELECT u.name, t.client_id, t.scopes, round(extract(epoch FROM t.expires_at - now()) / 60)::integer AS minutes
       FROM access_tokens t JOIN users u ON u.id = t.user_id ORDER BY u.name`,
  );
  const expected = { client_id: client.id, scopes: ['call'], minutes: 60 };
  assert.deepEqual(tokens, [
    { name: 'anna', ...expected },
    { name: 'bert', ...expected },
  ]);
  assert.deepEqual(await app.sql(`SELECT id FROM artifacts WHERE model = 'RefreshToken'`), []);
});

for (const [responseType, answer] of [
  ['code', /\/test\?code=[\w-]+$/],
  ['token', /\/test#access_token=[\w-]+&token_type=Bearer&expires_in=3600$/],
] as const) {
  test(`response_type=${responseType}: a POST signs in without a page before it`, async () => {
    const name = `script-${responseType}`;
    await addUser(app, name);
    const browser = new Browser(app.url);
    const parameters = parametersOf(client, responseType);
    const signedIn = await browser.post('/auth/login', { ...parameters, ...credentials(name) });
    assert.equal(signedIn.status, 303);
    assert.equal(signedIn.location, app.url + withQuery('/auth/grant', parameters));
    const granted = await browser.post('/auth/grant', { ...parameters, grant: 'true' });
    assert.equal(granted.status, 303);
    assert.match(granted.location, answer);
  });
}
