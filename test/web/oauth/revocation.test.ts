import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import {
  addPerson,
  callStatus,
  configure,
  isActive,
  jsonOf,
  obtainTokens,
  refresh,
  refusal,
} from './modern-walk.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');
const registered = await addModernClient(app);
const config = await configure(app, registered);
const stranger = await configure(app, await addModernClient(app));
const publicClient = await configure(app, await addModernClient(app, { public: true }));

test('introspection and revocation are for clients that prove who they are', async () => {
  const { access } = await obtainTokens(config, anna);
  for (const path of ['/oauth/introspect', '/oauth/revoke']) {
    const bodies = [
      { token: access },
      { token: access, client_id: registered.client.id },
      { token: access, client_id: registered.client.id, client_secret: 'wrong' },
    ];
    for (const body of bodies) {
      const answer = await fetch(app.url + path, { method: 'POST', body: new URLSearchParams(body) });
      assert.match(String(answer.status), /^40[01]$/, path);
      assert.equal((await jsonOf(answer))['active'], undefined, path);
    }
  }
  assert.equal(await callStatus(app, access), 200);
});

test('a revoked access token is refused at once', async () => {
  const { access } = await obtainTokens(config, anna);
  assert.equal(await callStatus(app, access), 200);
  await oauth.tokenRevocation(config, access);
  assert.equal(await callStatus(app, access), 401);
  assert.equal(await isActive(config, access), false);
});

test('revoking a refresh token ends the access tokens it came with', async () => {
  for (const client of [config, publicClient]) {
    const first = await obtainTokens(client, anna);
    const second = await refresh(client, first.refresh);
    await oauth.tokenRevocation(client, second.refresh);
    await assert.rejects(refresh(client, second.refresh), refusal('invalid_grant'));
    assert.equal(await callStatus(app, first.access), 401);
    assert.equal(await callStatus(app, second.access), 401);
  }
});

test('revoking one authorization leaves the others of the same user and client', async () => {
  const ended = await obtainTokens(config, anna);
  const other = await obtainTokens(config, anna);
  await oauth.tokenRevocation(config, ended.refresh);
  assert.equal(await callStatus(app, ended.access), 401);
  assert.equal(await callStatus(app, other.access), 200);
});

test('a wrong token_type_hint does not save a token', async () => {
  const { access, refresh: refreshToken } = await obtainTokens(config, anna);
  await oauth.tokenRevocation(config, refreshToken, { token_type_hint: 'access_token' });
  await assert.rejects(refresh(config, refreshToken), refusal('invalid_grant'));
  assert.equal(await callStatus(app, access), 401);
});

test('revoking what is no token, or is revoked already, succeeds (RFC 7009 section 2.2)', async () => {
  const { access } = await obtainTokens(config, anna);
  await oauth.tokenRevocation(config, 'no-token');
  await oauth.tokenRevocation(config, access);
  await oauth.tokenRevocation(config, access);
});

test('the answer to a revocation is empty, and has no content type', async () => {
  const { access } = await obtainTokens(config, anna);
  const { client, secret } = registered;
  for (const token of [access, 'no-token']) {
    const answer = await fetch(`${app.url}/oauth/revoke`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client.id}:${secret}`)}` },
      body: new URLSearchParams({ token }),
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), null);
    assert.equal(await answer.text(), '');
  }
});

test("a client cannot revoke another client's tokens", async () => {
  const { access, refresh: refreshToken } = await obtainTokens(config, anna);
  for (const other of [stranger, publicClient]) {
    for (const token of [access, refreshToken]) {
      await oauth.tokenRevocation(other, token).catch(() => undefined);
    }
  }
  assert.equal(await callStatus(app, access), 200);
  assert.equal(await isActive(config, refreshToken), true);
  assert.equal(await callStatus(app, (await refresh(config, refreshToken)).access), 200);
});

test('a token of a client alone can be revoked, too', async () => {
  const { access_token: token } = await oauth.clientCredentialsGrant(config, { scope: 'call' });
  assert.equal(await isActive(config, token), true);
  await oauth.tokenRevocation(config, token);
  assert.equal(await isActive(config, token), false);
  assert.equal(await callStatus(app, token), 401);
});

test('removing a client ends its tokens at once', async () => {
  const leaving = await addModernClient(app);
  const { access } = await obtainTokens(await configure(app, leaving), anna);
  assert.equal(await callStatus(app, access), 200);
  await app.clients.removeClient(leaving.client.id, COMMAND_LINE);
  assert.equal(await callStatus(app, access), 401);
});
