import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addModernClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { configure, tokensOf } from '../oauth/modern-walk.ts';
import { addAdministrator } from './administrator.ts';

const app = await startApp();
const client = await addClassicClient(app);
const modern = await addModernClient(app);
const administrator = await addAdministrator(app, client);
await addUser(app, 'anna');

/** Every route, with a request that would do something. */
const routes: readonly (readonly [string, string, unknown?])[] = [
  ['GET', '/admin/users'],
  ['POST', '/admin/users', { name: 'intruder', password: 'intruder', administrator: true }],
  ['PUT', '/admin/users/anna/password', { password: 'intruder' }],
  ['GET', '/admin/users/anna'],
  ['GET', '/admin/users/anna/calls'],
  ['PUT', '/admin/users/anna/limit', { limit: 9 }],
  ['PUT', '/admin/users/anna/numbers', { numbers: [] }],
  ['PUT', '/admin/users/anna/sip-address', { sipAddress: null }],
  ['PUT', '/admin/users/anna/disabled', { disabled: true }],
  ['GET', '/admin/users/anna/second-factors'],
  ['DELETE', '/admin/users/anna/second-factors'],
  ['GET', '/admin/users/anna/data'],
  ['DELETE', '/admin/users/anna'],
  ['GET', '/admin/users/anna/grants'],
  ['DELETE', `/admin/users/anna/grants/${modern.client.id}`],
  ['GET', '/admin/board'],
  ['GET', '/admin/calls'],
  ['GET', '/admin/calls/export'],
  ['GET', '/admin/calls/some-call'],
  ['GET', '/admin/calls/some-call/events'],
  ['POST', '/admin/calls/some-call/end', { reason: 'none' }],
  ['GET', '/admin/audit-log'],
  ['GET', '/admin/audit-log/export'],
  ['GET', '/admin/calls/some-call/deliveries'],
  ['GET', '/admin/statistics/ongoing'],
  ['GET', '/admin/statistics/outcomes'],
  ['GET', '/admin/statistics/connect-times'],
  ['GET', '/admin/retention'],
  ['GET', '/admin/clients'],
  ['POST', '/admin/clients', { name: 'Intruder', redirectUris: ['https://intruder.example'] }],
  ['POST', `/admin/clients/${modern.client.id}/secret`],
  ['GET', `/admin/clients/${modern.client.id}`],
  ['GET', `/admin/clients/${modern.client.id}/grants`],
  ['DELETE', `/admin/clients/${modern.client.id}`],
  ['GET', `/admin/clients/${modern.client.id}/webhooks`],
  ['POST', `/admin/clients/${modern.client.id}/webhooks`, { url: 'https://intruder.example/events' }],
  ['DELETE', `/admin/clients/${modern.client.id}/webhooks/some-webhook`],
  ['POST', `/admin/clients/${modern.client.id}/webhooks/some-webhook/secret`],
  ['GET', '/admin/webhooks/some-webhook'],
  ['GET', '/admin/webhooks/some-webhook/deliveries'],
  ['POST', '/admin/deliveries/1/resend'],
];

async function state(): Promise<unknown> {
  return [
    await app.sql('SELECT name, max_ongoing_calls, password_hash FROM users ORDER BY name'),
    await app.sql('SELECT id, secret_hash FROM clients ORDER BY id'),
    await app.sql('SELECT id, url FROM webhooks ORDER BY id'),
  ];
}

async function assertClosed(
  headers: Record<string, string>,
  status: number,
  error: string,
  query = '',
): Promise<void> {
  const before = await state();
  for (const [method, path, body] of routes) {
    const answer = await request(
      app,
      method,
      `${path}${query}`,
      { ...headers, ...(body !== undefined && JSON_BODY) },
      body === undefined ? undefined : JSON.stringify(body),
    );
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    assert.equal(answer.json()['error'], error, `${method} ${path}`);
    const challenge = answer.headers.get('www-authenticate') ?? '';
    if (status === 401) assert.match(challenge, /^Bearer realm="clicktocall"/);
    if (error === 'scope_missing') assert.match(challenge, /error="insufficient_scope", scope="admin"/);
  }
  assert.deepEqual(await state(), before);
}

test('the table of this test holds every operation of the admin API', async () => {
  const { paths } = (await request(app, 'GET', '/openapi.json')).json<{ paths: Record<string, object> }>();
  const operations = Object.entries(paths)
    .filter(([path]) => path.startsWith('/admin/'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
    );
  const missing = operations.filter(([method, path]) => {
    const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
    return !routes.some(([ofRoute, address]) => ofRoute === method && pattern.test(address));
  });
  assert.deepEqual(missing, []);
  assert.equal(routes.length, operations.length);
});

suite('every route of the admin API is closed', () => {
  test('without a token', () => assertClosed({}, 401, 'token_missing'));

  test('with an unknown token', () => assertClosed(bearer('unknown'), 401, 'token_invalid'));

  test('with the token of a user who is not an administrator, for any requested scope', async () => {
    const token = await classicToken(app, client, 'anna', 'admin call');
    await assertClosed(bearer(token), 403, 'scope_missing');
  });

  test('with an administrator’s token that lacks scope admin', async () => {
    const token = await classicToken(app, client, 'rosa', 'call');
    await assertClosed(bearer(token), 403, 'scope_missing');
  });

  test('with a client’s own token, even if its row has scope admin', async () => {
    const config = await configure(app, modern);
    const { access } = tokensOf(await oauth.clientCredentialsGrant(config, { scope: 'call' }));
    await app.sql(`UPDATE access_tokens SET scopes = '{admin}' WHERE model = 'ClientCredentials'`);
    await assertClosed(bearer(access), 403, 'token_without_user');
  });

  test('with the token of a former administrator', async () => {
    const former = await addAdministrator(app, client, 'former');
    assert.equal((await former.get('/admin/users')).status, 200);
    await app.sql(`UPDATE users SET administrator = false WHERE name = 'former'`);
    await assertClosed(bearer(former.token), 403, 'administrator_required');
  });

  test('with the token of an administrator who has been disabled', async () => {
    const disabled = await addAdministrator(app, client, 'disabled');
    await app.users.setDisabled('disabled', true, COMMAND_LINE);
    await assertClosed(bearer(disabled.token), 401, 'token_invalid');
  });

  test('with an expired token', async () => {
    const expired = await addAdministrator(app, client, 'expired');
    await app.sql(
      `UPDATE access_tokens SET expires_at = now() - interval '1 second' WHERE hash = sha256($1::bytea)`,
      [Buffer.from(expired.token)],
    );
    await assertClosed(bearer(expired.token), 401, 'token_invalid');
  });
});

test('an administrator’s token in a header is accepted, and responses are not stored', async () => {
  const { token } = administrator;
  for (const answer of [
    await administrator.get('/admin/users'),
    await request(app, 'GET', '/admin/users', { authentication: `Bearer ${token}` }),
  ]) {
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  }
  await assertClosed({}, 401, 'token_invalid', `?access_token=${token}`);
});
