import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { addCaller, assertProblem, CALLS, callTo, LIMITS, openCall, send, tokenFor } from './call.ts';

/** What the refusal of a token without the scope says. Who may use which route is in test/web/entry. */

const app = await startApp();
const client = await addModernClient(app);
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
