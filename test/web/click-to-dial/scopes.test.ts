import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addClassicClient, addModernClient, bearer, classicToken } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { configure } from '../oauth/modern-walk.ts';
import {
  addCaller,
  assertError,
  CALLS,
  callTo,
  deleteCall,
  getCall,
  getRecording,
  openCall,
  postCall,
  tokenFor,
} from './call.ts';

const app = await startApp();
const [client, otherClient] = [await addModernClient(app), await addModernClient(app)];
const anna = await addCaller(app, 'anna');
const token = await tokenFor(app, client, anna);
const narrow = await tokenFor(app, client, anna, 'openid');

type Perform = (token: string | undefined, id: string) => Promise<Answer>;

/** Who may use which operation is in test/web/entry; here is what the refusal says. */
const operations: Readonly<Record<string, { scope: string; perform: Perform }>> = {
  'POST /calls': {
    scope: 'click-to-dial:calls:create',
    perform: (presented) => postCall(app, presented),
  },
  'GET /calls/{callId}': {
    scope: 'click-to-dial:calls:read',
    perform: (presented, id) => getCall(app, presented, id),
  },
  'DELETE /calls/{callId}': {
    scope: 'click-to-dial:calls:delete',
    perform: (presented, id) => deleteCall(app, presented, id),
  },
  'GET /calls/{callId}/recording': {
    scope: 'click-to-dial:recordings:read',
    perform: (presented, id) => getRecording(app, presented, id),
  },
};

suite('a token without the scope is 403 PERMISSION_DENIED, with the scopes that are enough', () => {
  for (const [name, { scope, perform }] of Object.entries(operations)) {
    test(name, async () => {
      const { callId } = await openCall(app, token);
      const answer = await perform(narrow, callId);
      const { message } = assertError(answer, 403, 'PERMISSION_DENIED');
      assert.equal(message, `The access token needs the scope call or ${scope}.`);
      const challenge = answer.headers.get('www-authenticate') ?? '';
      assert.ok(challenge.includes(`error="insufficient_scope", scope="call ${scope}"`), challenge);
    });
  }
});

test('no token is 401 UNAUTHENTICATED, with a challenge', async () => {
  const answer = await postCall(app, undefined);
  assertError(answer, 401, 'UNAUTHENTICATED');
  assert.match(
    answer.headers.get('www-authenticate') ?? '',
    /^Bearer realm="clicktocall", resource_metadata="[^"]+", scope="[^"]+", DPoP algs=/,
  );
});

suite('a token that does not count is 401 UNAUTHENTICATED', () => {
  test('one that never was', async () => {
    for (const presented of ['unknown', 'a'.repeat(43), `${token}x`])
      assertError(await postCall(app, presented), 401, 'UNAUTHENTICATED');
  });

  test('one of another form, or of another scheme', async () => {
    for (const authorization of ['Bearer', 'Bearer a b', `Basic ${btoa('anna:secret')}`, token])
      assertError(await postCall(app, undefined, callTo(), { authorization }), 401, 'UNAUTHENTICATED');
  });

  test('one that has expired, or was revoked', async () => {
    const expired = await tokenFor(app, otherClient, anna);
    const revoked = await tokenFor(app, client, anna);
    await app.sql(`UPDATE access_tokens SET expires_at = now() WHERE client_id = $1`, [
      otherClient.client.id,
    ]);
    await oauth.tokenRevocation(await configure(app, client), revoked);
    for (const presented of [expired, revoked]) {
      const answer = await postCall(app, presented);
      assertError(answer, 401, 'UNAUTHENTICATED');
      assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
    }
  });

  test('one in the query, even of a classic client', async () => {
    const classic = await classicToken(app, await addClassicClient(app), 'anna');
    const { callId } = await openCall(app, classic);
    for (const presented of [token, classic]) {
      const path = `${CALLS}/${callId}?access_token=${presented}`;
      assertError(await request(app, 'GET', path), 401, 'UNAUTHENTICATED');
      assertError(await request(app, 'DELETE', path), 401, 'UNAUTHENTICATED');
      const body = JSON.stringify(callTo());
      assertError(
        await request(app, 'POST', `${CALLS}?access_token=${presented}`, JSON_BODY, body),
        401,
        'UNAUTHENTICATED',
      );
    }
    assert.equal((await getCall(app, classic, callId)).status, 200);
  });

  test('two different ones', async () => {
    const answer = await request(app, 'GET', `${CALLS}/none?access_token=${narrow}`, bearer(token));
    assertError(answer, 400, 'INVALID_ARGUMENT');
  });
});

test('a token that stands for an application alone is 403 PERMISSION_DENIED', async () => {
  const { access_token: own } = await oauth.clientCredentialsGrant(await configure(app, client), {
    scope: 'call',
  });
  assertError(await postCall(app, own), 403, 'PERMISSION_DENIED');
  assertError(await getCall(app, own, 'none'), 403, 'PERMISSION_DENIED');
});
