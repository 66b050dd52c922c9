import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient, bearer } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { addCaller, assertError, CALLS, callTo, openCall, postCall, send, tokenFor } from './call.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const app = await startApp();
const token = await tokenFor(app, await addModernClient(app), await addCaller(app, 'anna'));
const { callId } = await openCall(app, token);

suite('x-correlator comes back', () => {
  const requests: Readonly<Record<string, readonly [string, string, string | undefined, unknown?]>> = {
    'from POST /calls': ['POST', CALLS, token, callTo()],
    'from GET /calls/{callId}': ['GET', `${CALLS}/${callId}`, token],
    'from DELETE /calls/{callId}': ['DELETE', `${CALLS}/${callId}`, token],
    'with a refused body': ['POST', CALLS, token, { unknown: true }],
    'with a refused number': ['POST', CALLS, token, callTo('12')],
    'with a call that is none': ['GET', `${CALLS}/none`, token],
    'with a malformed callId': ['GET', `${CALLS}/a%20b`, token],
    'with a callId that cannot be decoded': ['GET', `${CALLS}/%zz`, token],
    'with no recording': ['GET', `${CALLS}/${callId}/recording`, token],
    'without a token': ['GET', `${CALLS}/${callId}`, undefined],
    'with an unknown token': ['GET', `${CALLS}/${callId}`, 'unknown'],
    'from an address with nothing': ['GET', '/click-to-dial/v0.2/nothing', token],
    'from another version': ['GET', '/click-to-dial/v0.1/calls', token],
    'for a wrong method': ['PUT', CALLS, token, {}],
  };
  for (const [what, [method, path, presented, body]] of Object.entries(requests)) {
    test(what, async () => {
      for (const correlator of [
        'b4333c46-49c0-4f62-80d7-f0ef930f1c46',
        '0',
        '<a>{b}/c;d:e_f-g.h',
        'x'.repeat(256),
      ]) {
        const headers = { 'x-correlator': correlator };
        const answer = await send(app, method, path, presented, { body, headers });
        assert.equal(answer.headers.get('x-correlator'), correlator, answer.text);
      }
    });
  }
});

test('without one, or with an empty one, a UUID is made, another for each answer', async () => {
  const made = new Set<string>();
  for (const given of [undefined, undefined, '']) {
    const headers = { ...bearer(token), ...(given !== undefined && { 'x-correlator': given }) };
    const answer = await request(app, 'GET', `${CALLS}/${callId}`, headers);
    assert.equal(answer.status, 200);
    made.add(answer.headers.get('x-correlator') ?? '');
  }
  const refused = await request(app, 'POST', CALLS, JSON_BODY, '{}');
  assert.equal(refused.status, 401);
  made.add(refused.headers.get('x-correlator') ?? '');
  made.add((await request(app, 'GET', `${CALLS}/%zz`)).headers.get('x-correlator') ?? '');
  assert.equal(made.size, 5);
  for (const each of made) assert.match(each, UUID);
});

suite('one that is not as CAMARA has it is refused, and does not come back', () => {
  for (const [what, given] of Object.entries({
    'with a space': 'a b',
    'with a quote': 'a"b',
    'with another character': 'caf\u00e9',
    'too long': 'x'.repeat(257),
    two: 'one, two',
  })) {
    test(what, async () => {
      const answer = await postCall(app, token, callTo(), { 'x-correlator': given });
      assertError(answer, 400, 'INVALID_ARGUMENT');
      assert.match(answer.headers.get('x-correlator') ?? '', UUID);
    });
  }
});
