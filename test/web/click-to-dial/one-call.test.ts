import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addModernClient, bearer } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import {
  addCaller,
  assertError,
  CALLER,
  callTo,
  countCalls,
  deleteCall,
  getCall,
  getRecording,
  openCall,
  tokenFor,
} from './call.ts';
import { assertIs } from './camara-schemas.ts';

/** Showing and ending one call, and what callIds are. Which calls a token reaches is in test/web/opening. */

const app = await startApp();
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna');
const token = await tokenFor(app, client, anna);

test('a call is shown while it is ongoing and after it has ended', async () => {
  const opened = await openCall(app, token);
  assert.deepEqual((await getCall(app, token, opened.callId)).json(), opened);
  assert.equal((await deleteCall(app, token, opened.callId)).status, 204);
  const ended = await getCall(app, token, opened.callId);
  assertIs('Call', ended.json());
  assert.deepEqual(ended.json(), { ...opened, status: 'disconnected' });
  assert.equal((await getCall(app, token, opened.callId)).text, ended.text);
});

test('a call of another API is shown, recorded and ended as one of this API', async () => {
  const further = { clientReference: 'order 7', metadata: { order: '7' }, ringTimeout: 20 };
  const { callee } = callTo();
  const body = JSON.stringify({ callee: callee.number, ...further });
  const answer = await request(app, 'POST', '/api/v1/calls', { ...JSON_BODY, ...bearer(token) }, body);
  const { id } = answer.json<{ id: string }>();
  const shown = await getCall(app, token, id);
  assertIs('Call', shown.json());
  const { createdAt: _, ...call } = shown.json();
  assert.deepEqual(call, {
    ...{ callId: id, caller: { number: CALLER }, callee, status: 'connected', recordingEnabled: false },
  });
  assertError(await getRecording(app, token, id), 404, 'NOT_FOUND');
  assert.equal((await deleteCall(app, token, id)).status, 204);
});

test('DELETE ends the call once: 204 without a body, one row, one event; then 409, and nothing changes', async () => {
  const { callId } = await openCall(app, token);
  const answer = await deleteCall(app, token, callId);
  assert.deepEqual([answer.status, answer.text, answer.headers.get('content-type')], [204, '', null]);
  const look = `SELECT state, reason, ended_by, ended_at,
                       (SELECT array_agg(state ORDER BY seq) FROM call_events WHERE call_id = c.id) AS events
                  FROM calls c WHERE id = $1`;
  const [row] = await app.sql(look, [callId]);
  assert.deepEqual(
    { ...row, ended_at: null },
    {
      ...{
        state: 'disconnected',
        reason: 'hangUp',
        ended_by: 'client',
        ended_at: null,
        events: ['connected', 'disconnected'],
      },
    },
  );
  assertError(await deleteCall(app, token, callId), 409, 'INCOMPATIBLE_STATE');
  assert.deepEqual(await app.sql(look, [callId]), [row]);
});

test('of many that end a call at the same time one does', async () => {
  for (let round = 0; round < 10; round++) {
    const { callId } = await openCall(app, token);
    const answers = await Promise.all(Array.from({ length: 6 }, () => deleteCall(app, token, callId)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, ...new Array(5).fill(409)]);
  }
});

test('a call that a user without a number opened with another API has an empty caller', async () => {
  const [numberless, { callee }] = [await addCaller(app, 'nadia', { numbers: [] }), callTo()];
  const nadia = await tokenFor(app, client, numberless);
  const body = JSON.stringify({ callee: callee.number });
  const opened = await request(app, 'POST', '/api/v1/calls', { ...JSON_BODY, ...bearer(nadia) }, body);
  const { id } = opened.json<{ id: string }>();
  const shown = (await getCall(app, nadia, id)).json();
  assert.deepEqual([shown['callId'], shown['caller'], shown['callee']], [id, { number: '' }, callee]);
  assert.equal((await deleteCall(app, nadia, id)).status, 204);
});

suite('a callId', () => {
  const malformed = {
    'with a space': 'a%20b',
    'with a slash': 'a%2Fb',
    'with a letter beyond ASCII': 'caf%C3%A9',
    'with a zero byte': 'a%00b',
    'with a quote': "a'b",
    'with SQL': "x'%20OR%20'1'='1",
    'with a line feed at its end': 'abc%0A',
    'that cannot be decoded': '%zz',
    'of 257 characters': 'a'.repeat(257),
    'of 5000 characters': 'a'.repeat(5000),
  };
  for (const [what, id] of Object.entries(malformed)) {
    test(`${what} is 400 INVALID_ARGUMENT`, async () => {
      for (const answer of await each(token, id)) assertError(answer, 400, 'INVALID_ARGUMENT');
    });
  }

  for (const id of [
    'a',
    'call_550e8400-e29b-41d4-a716-446655440000',
    '._~:-',
    'a'.repeat(101),
    'a'.repeat(256),
  ]) {
    test(`of ${id.length} characters as CAMARA allows them, and of no call, is 404 NOT_FOUND`, async () => {
      const before = await countCalls(app);
      for (const answer of await each(token, id)) assertError(answer, 404, 'NOT_FOUND');
      assert.equal(await countCalls(app), before);
    });
  }
});

/** All requests about one call. */
function each(presented: string, id: string): Promise<Answer[]> {
  const asked = [getCall, getRecording, deleteCall];
  return Promise.all(asked.map((ask) => ask(app, presented, id)));
}
