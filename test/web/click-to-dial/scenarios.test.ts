import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { hurriedClock } from '../../harness/hurried-clock.ts';
import { addModernClient } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import {
  addCaller,
  assertError,
  CALLER,
  CALLS,
  callTo,
  deleteCall,
  getCall,
  getRecording,
  openCall,
  postCall,
  send,
  tokenFor,
} from './call.ts';
import { assertIs } from './camara-schemas.ts';

/**
 * The scenarios that CAMARA publishes with Click to Dial 0.2.0-rc.1, by their tags, with the error codes of 0.2.0. The two
 * about events are in event-scenarios.test.ts. Every request brings `Content-Type: application/json` and a UUID as `x-correlator`.
 */

const PREMIUM = '+449098790879';
const app = await startApp({ CARRIER: 'simulator' }, hurriedClock(20));
const client = await addModernClient(app);
const person = await addCaller(app, 'anna', { numbers: [CALLER, PREMIUM] });
const token = await tokenFor(app, client, person);
const creating = await tokenFor(app, client, person, 'click-to-dial:calls:create');
const reading = await tokenFor(app, client, person, 'click-to-dial:calls:read');

const UNKNOWN_ID = '0123456789abcdef0123456789abcdef';
const MALFORMED_ID = 'no%20call!';

function assertJson(answer: Answer, status: number): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/json');
}

/** A call to one of the simulated phones that end by themselves. */
async function endedCall(callee: string): Promise<string> {
  const { callId } = await openCall(app, token, callTo(callee, { recordingEnabled: true }));
  await until('the call ends', async () => {
    const { status } = (await getCall(app, token, callId)).json();
    return status === 'disconnected' || status === 'failed';
  });
  return callId;
}

suite('createCall', () => {
  test('createcall_success', async () => {
    const body = callTo();
    const answer = await postCall(app, token, body);
    assertJson(answer, 201);
    const call = answer.json();
    assertIs('Call', call);
    assert.ok(call['callId']);
    assert.deepEqual([call['caller'], call['callee']], [body.caller, body.callee]);
  });

  const { caller, callee } = callTo();
  const wrong: Readonly<Record<string, readonly [object, number, string]>> = {
    createcall_failure_missing_caller: [{ callee }, 400, 'INVALID_ARGUMENT'],
    createcall_failure_missing_callee: [{ caller }, 400, 'INVALID_ARGUMENT'],
    createcall_failure_invalid_caller: [
      callTo(undefined, { caller: { number: '07700900000' } }),
      422,
      'CLICK_TO_DIAL.INVALID_PHONE_NUMBER',
    ],
    createcall_failure_invalid_callee: [callTo('not-a-number'), 422, 'CLICK_TO_DIAL.INVALID_PHONE_NUMBER'],
    createcall_failure_same_caller_callee: [callTo(CALLER), 422, 'CLICK_TO_DIAL.SAME_CALLER_CALLEE'],
    createcall_failure_unknown_property: [
      callTo(undefined, { unknownProperty: 'someValue' }),
      400,
      'INVALID_ARGUMENT',
    ],
    createcall_failure_caller_not_available: [
      callTo(undefined, { caller: { number: PREMIUM } }),
      422,
      'CLICK_TO_DIAL.CALLER_NOT_AVAILABLE',
    ],
    createcall_failure_callee_not_available: [callTo(PREMIUM), 422, 'CLICK_TO_DIAL.CALLEE_NOT_AVAILABLE'],
  };
  for (const [tag, [body, status, code]] of Object.entries(wrong)) {
    test(tag, async () => {
      assertError(await postCall(app, token, body), status, code);
    });
  }

  test('createcall_failure_invalid_sink', async () => {
    for (const sink of ['no address', 'http://sink.example/events'])
      assertError(await postCall(app, token, callTo(undefined, { sink })), 400, 'INVALID_ARGUMENT');
  });

  test('createcall_failure_conflict', async () => {
    const body = callTo();
    await openCall(app, token, body);
    assertError(await postCall(app, token, body), 409, 'ALREADY_EXISTS');
  });

  test('createcall_failure_authentication', async () => {
    for (const presented of [undefined, 'invalid'])
      assertError(await postCall(app, presented), 401, 'UNAUTHENTICATED');
  });

  test('createcall_failure_recording_not_supported', async () => {
    const silent = await startNode(app, { CARRIER: 'session' });
    const body = callTo(undefined, { recordingEnabled: true });
    assertError(await postCall(silent, token, body), 422, 'CLICK_TO_DIAL.RECORDING_NOT_SUPPORTED');
  });
});

suite('getCall', () => {
  test('getcall_success', async () => {
    const { callId } = await openCall(app, token);
    const correlator = randomUUID();
    const headers = { 'x-correlator': correlator };
    const answer = await send(app, 'GET', `${CALLS}/${callId}`, token, { headers });
    assertJson(answer, 200);
    assert.equal(answer.headers.get('x-correlator'), correlator);
    assertIs('Call', answer.json());
    assert.equal(answer.json()['callId'], callId);
  });
  fails('getcall', getCall, creating);
});

suite('terminateCall', () => {
  test('terminatecall_success', async () => {
    const { callId } = await openCall(app, token);
    const answer = await deleteCall(app, token, callId);
    assert.deepEqual([answer.status, answer.text], [204, '']);
  });
  fails('terminatecall', deleteCall, creating);

  test('terminatecall_failure_conflict', async () => {
    const { callId } = await openCall(app, token);
    await deleteCall(app, token, callId);
    assertError(await deleteCall(app, token, callId), 409, 'INCOMPATIBLE_STATE');
  });
});

suite('getRecording', () => {
  test('getrecording_success', async () => {
    const callId = await endedCall('+12025550131');
    const answer = await getRecording(app, token, callId);
    assertJson(answer, 200);
    const recording = answer.json();
    assertIs('RecordingResource', recording);
    assert.equal(recording['callId'], callId);
    assert.ok(recording['content']);
  });
  fails('getrecording', getRecording, reading);

  test('getrecording_failure_no_recording', async () => {
    const callId = await endedCall('+12025550106');
    assertError(await getRecording(app, token, callId), 404, 'NOT_FOUND');
  });
});

/** What the operations on one call have in common. */
function fails(operation: string, perform: typeof getCall, lacking: string): void {
  test(`${operation}_failure_malformed_callid`, async () => {
    assertError(await perform(app, token, MALFORMED_ID), 400, 'INVALID_ARGUMENT');
  });

  test(`${operation}_failure_authentication`, async () => {
    const { callId } = await openCall(app, token);
    for (const presented of [undefined, 'invalid'])
      assertError(await perform(app, presented, callId), 401, 'UNAUTHENTICATED');
  });

  test(`${operation}_failure_authorization`, async () => {
    const { callId } = await openCall(app, token);
    assertError(await perform(app, lacking, callId), 403, 'PERMISSION_DENIED');
  });

  test(`${operation}_failure_unknown_callid`, async () => {
    assertError(await perform(app, token, UNKNOWN_ID), 404, 'NOT_FOUND');
  });
}
