import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addModernClient } from '../../harness/people.ts';
import {
  addCaller,
  assertError,
  deleteCall,
  getCall,
  getRecording,
  openCall,
  postCall,
  tokenFor,
} from './call.ts';

const app = await startApp();
const client = await addModernClient(app);
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
