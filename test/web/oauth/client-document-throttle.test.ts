import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import { MODERN_REDIRECT_URI } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import { acceptDocumentsOf, startDocumentHost } from './document-host.ts';
import { OPENS_PAGE } from './modern-walk.ts';

const LIMIT = 3;
const documents = await startDocumentHost();
const app = await startApp();
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

type Send = (to: { readonly url: string }, clientId: string) => ReturnType<typeof request>;

const authorization = (clientId: string) =>
  new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: MODERN_REDIRECT_URI,
    scope: 'call',
    code_challenge: 'a'.repeat(43),
    code_challenge_method: 'S256',
  }).toString();

/** The addresses at which an anonymous request can make the server read a document. */
const WAYS: Record<string, Send> = {
  'an authorization request': (to, id) =>
    request(to, 'GET', `/oauth/authorize?${authorization(id)}`, OPENS_PAGE),
  'a pushed request': (to, id) => request(to, 'POST', '/oauth/par', FORM, authorization(id)),
  'a token request': (to, id) =>
    request(to, 'POST', '/oauth/token', FORM, `grant_type=refresh_token&refresh_token=x&client_id=${id}`),
  'a revocation': (to, id) => request(to, 'POST', '/oauth/revoke', FORM, `token=x&client_id=${id}`),
  'an introspection': (to, id) => request(to, 'POST', '/oauth/introspect', FORM, `token=x&client_id=${id}`),
  'a device authorization': (to, id) =>
    request(to, 'POST', '/oauth/device_authorization', FORM, `scope=call&client_id=${id}`),
  'a sign-out': (to, id) => request(to, 'GET', `/oauth/end_session?client_id=${id}`, OPENS_PAGE),
};

suite('each request that makes the server read a document counts as an anonymous one', () => {
  for (const [index, [way, send]] of Object.entries(WAYS).entries()) {
    test(`${way}`, async () => {
      const node = await startNode(app, {
        ...acceptDocumentsOf(documents),
        ANONYMOUS_REQUESTS_PER_MINUTE: String(LIMIT),
      });
      const address = (number: number) => documents.publish(`/throttle/${index}/${number}.json`);
      for (let number = 0; number < LIMIT; number++) {
        const answer = await send(node, address(number));
        assert.notEqual(answer.status, 429, answer.text);
      }
      const before = documents.requested.length;
      assert.equal(before % LIMIT, 0, 'each of them read one document');
      const refused = await send(node, address(LIMIT));
      assert.equal(refused.status, 429, refused.text);
      assert.ok(Number(refused.headers.get('retry-after')) > 0);
      assert.equal(documents.requested.length, before, 'nothing is read beyond the limit');

      const known = await WAYS['a sign-out']?.(node, address(0));
      assert.equal(known?.status, 303, 'a document that the server has does not count');
    });
  }
});
