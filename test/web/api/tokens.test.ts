import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addModernClient, bearer, classicToken } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { configure } from '../oauth/modern-walk.ts';
import {
  addCaller,
  assertProblem,
  CALLS,
  callTo,
  getCall,
  LIMITS,
  openCall,
  postCall,
  send,
  tokenFor,
} from './call.ts';

/** What a refused token gets. Who may use which route is in test/web/entry. */

const app = await startApp();
const [client, otherClient] = [await addModernClient(app), await addModernClient(app)];
const anna = await addCaller(app, 'anna');
const token = await tokenFor(app, client, anna);
const narrow = await tokenFor(app, client, anna, 'openid');
const { id } = await openCall(app, token);

suite('a token without the scope is 403, with the scopes that are enough', () => {
  const [create, read] = ['click-to-dial:calls:create', 'click-to-dial:calls:read'];
  const routes: readonly (readonly [string, string, string])[] = [
    ['POST', CALLS, `call ${create}`],
    ['GET', CALLS, `call ${read}`],
    ['GET', `${CALLS}/${id}`, `call ${read}`],
    ['DELETE', `${CALLS}/${id}`, 'call click-to-dial:calls:delete'],
    ['POST', `${CALLS}/${id}/renew`, `call ${create}`],
    ['GET', `${CALLS}/${id}/recording`, 'call click-to-dial:recordings:read'],
    ['GET', LIMITS, `call ${create} ${read}`],
    ['GET', '/api/v1/me/numbers', `call ${create} ${read}`],
    ['GET', '/api/v1/events', `call ${read}`],
  ];
  for (const [method, path, scope] of routes) {
    test(`${method} ${path.replace(id, '{callId}')}`, async () => {
      const answer = await send(app, method, path, narrow, method === 'POST' ? { body: callTo() } : {});
      assert.equal(assertProblem(answer, 403, 'scope_missing')['scope'], scope);
      assert.match(answer.headers.get('www-authenticate') ?? '', /error="insufficient_scope"/);
    });
  }
});

test('no token is 401 token_missing, with a challenge', async () => {
  const answer = await send(app, 'GET', CALLS);
  assertProblem(answer, 401, 'token_missing');
  assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm="clicktocall"/);
});

suite('401 token_invalid', () => {
  test('for an unknown token', async () => {
    for (const presented of ['unknown', 'a'.repeat(43), `${token}x`])
      assertProblem(await postCall(app, presented), 401, 'token_invalid');
  });

  test('for a token that has expired, or was revoked', async () => {
    const expired = await tokenFor(app, otherClient, anna);
    const revoked = await tokenFor(app, client, anna);
    await app.sql(`UPDATE access_tokens SET expires_at = now() WHERE client_id = $1`, [
      otherClient.client.id,
    ]);
    await oauth.tokenRevocation(await configure(app, client), revoked);
    for (const presented of [expired, revoked]) {
      const answer = await postCall(app, presented);
      assertProblem(answer, 401, 'token_invalid');
      assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
    }
  });

  test('for a token in the query, even of a classic client', async () => {
    const classic = await classicToken(app, await addClassicClient(app), 'anna');
    for (const presented of [token, classic]) {
      const query = `?access_token=${presented}`;
      for (const method of ['GET', 'DELETE'])
        assertProblem(await request(app, method, `${CALLS}/${id}${query}`), 401, 'token_invalid');
      const body = JSON.stringify(callTo());
      const opening = await request(app, 'POST', `${CALLS}${query}`, JSON_BODY, body);
      assertProblem(opening, 401, 'token_invalid');
    }
    assert.equal((await getCall(app, classic, id)).json()['state'], 'connected');
  });
});

test('a malformed Authorization header, or another scheme, is no token', async () => {
  for (const authorization of ['Bearer', 'Bearer a b', `Basic ${btoa('anna:secret')}`, token])
    assert.equal((await postCall(app, undefined, callTo(), { authorization })).status, 401);
});

test('two different tokens are 400', async () => {
  const answer = await request(app, 'GET', `${CALLS}?access_token=${narrow}`, bearer(token));
  assertProblem(answer, 400, 'invalid_input');
});

test('a token of the application itself is 403 token_without_user', async () => {
  const { access_token: own } = await oauth.clientCredentialsGrant(await configure(app, client), {
    scope: 'call',
  });
  assertProblem(await postCall(app, own), 403, 'token_without_user');
  assertProblem(await send(app, 'GET', CALLS, own), 403, 'token_without_user');
});
