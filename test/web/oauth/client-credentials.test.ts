import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addModernClient, bearer } from '../../harness/people.ts';
import { configure, jsonOf, refusal, tokensOf } from './modern-walk.ts';

const app = await startApp();
const registered = await addModernClient(app);
const config = await configure(app, registered);

async function obtainTokenWithoutUser(scope: string) {
  return tokensOf(await oauth.clientCredentialsGrant(config, { scope }));
}

test('a client gets a token of its own, with no user and no refresh token', async () => {
  const tokens = await obtainTokenWithoutUser('call');
  assert.equal(tokens.scope, 'call');
  assert.equal(tokens.refresh, '');

  const { active, sub, client_id: clientId } = await oauth.tokenIntrospection(config, tokens.access);
  assert.equal(active, true);
  assert.equal(sub, undefined);
  assert.equal(clientId, registered.client.id);
  assert.deepEqual(await app.sql('SELECT model, user_id, scopes FROM access_tokens'), [
    { model: 'ClientCredentials', user_id: null, scopes: ['call'] },
  ]);
});

test('a token with no user opens, sees and stops no calls', async () => {
  const { access } = await obtainTokenWithoutUser('call');
  const requests = [
    { method: 'POST', body: new URLSearchParams({ number: '+447700900123' }) },
    { method: 'PUT', body: new URLSearchParams({ token_call: 'any' }) },
    { method: 'GET' },
  ];
  for (const request of requests) {
    const answer = await fetch(`${app.url}/rest/call`, { ...request, headers: bearer(access) });
    assert.equal(answer.status, 403, request.method);
    assert.equal((await jsonOf(answer))['error'], 'token_without_user', request.method);
  }
  assert.deepEqual(await app.sql('SELECT id FROM calls'), []);
});

test('no client gets scope admin for itself', async () => {
  await assert.rejects(obtainTokenWithoutUser('admin call'), refusal('invalid_scope'));
  assert.deepEqual(await app.sql(`SELECT 1 FROM access_tokens WHERE 'admin' = ANY (scopes)`), []);
});

test('a token without a user cannot use the admin API, with any scope', async () => {
  const { access } = await obtainTokenWithoutUser('call');
  await app.sql(`UPDATE access_tokens SET scopes = '{admin}'`);
  const answer = await fetch(`${app.url}/admin/users`, { headers: bearer(access) });
  assert.equal(answer.status, 403);
});

test('a public client gets no token of its own', async () => {
  const publicClient = await configure(app, await addModernClient(app, { public: true }));
  await assert.rejects(oauth.clientCredentialsGrant(publicClient, { scope: 'call' }), { status: 400 });
  assert.equal(await countTokens(publicClient), 0);
});

test('a classic client gets no token of its own', async () => {
  const { id, secret } = await addClassicClient(app);
  const classic = new oauth.Configuration(
    config.serverMetadata(),
    id,
    undefined,
    oauth.ClientSecretPost(secret),
  );
  oauth.allowInsecureRequests(classic);
  await assert.rejects(oauth.clientCredentialsGrant(classic, { scope: 'call' }), { status: 400 });
  assert.equal(await countTokens(classic), 0);
});

test('a wrong secret is refused, and the challenge names the scheme', async () => {
  const answer = await fetch(`${app.url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${registered.client.id}:wrong`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'call' }),
  });
  assert.equal(answer.status, 401);
  assert.equal((await jsonOf(answer))['error'], 'invalid_client');
  assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic /);
});

test('a rotated secret works at once, and the old one stops working', async () => {
  const rotating = await addModernClient(app);
  const before = await configure(app, rotating);
  await oauth.clientCredentialsGrant(before, { scope: 'call' });
  const after = await configure(app, await app.clients.rotateSecret(rotating.client.id, COMMAND_LINE));
  await oauth.clientCredentialsGrant(after, { scope: 'call' });
  await assert.rejects(oauth.clientCredentialsGrant(before, { scope: 'call' }), { status: 401 });
});

async function countTokens(of: oauth.Configuration): Promise<number> {
  const { client_id: id } = of.clientMetadata();
  return (await app.sql('SELECT 1 FROM access_tokens WHERE client_id = $1', [id])).length;
}
