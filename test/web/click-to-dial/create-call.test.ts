import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient, bearer } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import {
  addCaller,
  assertError,
  CALLER,
  CALLS,
  callTo,
  countCalls,
  deleteCall,
  getCall,
  newCallee,
  openCall,
  postCall,
  SINK,
  tokenFor,
} from './call.ts';
import { assertIs } from './camara-schemas.ts';

const SECOND = '+447700900999';
const PREMIUM = '+449098790879';
const app = await startApp();
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna', { numbers: [CALLER, SECOND] });
const token = await tokenFor(app, client, anna);

test('a call is opened: 201, the call, its address, and one row that says the same', async () => {
  const body = callTo();
  const answer = await postCall(app, token, body);
  assert.equal(answer.status, 201, answer.text);
  const call = answer.json();
  assertIs('Call', call);
  const { callId, createdAt, ...rest } = call;
  assert.match(String(callId), /^[0-9a-f]{32}$/);
  assert.ok(Math.abs(Date.parse(String(createdAt)) - Date.now()) < 10_000, String(createdAt));
  assert.deepEqual(rest, { ...body, status: 'connected', recordingEnabled: false });
  assert.equal(answer.headers.get('location'), `${app.url}${CALLS}/${callId}`);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const again = await request(app, 'GET', new URL(answer.location).pathname, bearer(token));
  assert.equal(again.json()['callId'], callId);

  const [row] = await app.sql(
    `SELECT u.name, c.client_id, c.caller, c.callee, c.state, c.carrier, c.metadata, c.client_reference, c.recording_enabled,
            c.sink, c.ended_at, c.created_at = c.connected_at AS at_once, (SELECT count(*)::integer FROM call_events e WHERE e.call_id = c.id) AS events
       FROM calls c JOIN users u ON u.id = c.user_id WHERE c.id = $1`,
    [callId],
  );
  assert.deepEqual(row, {
    ...{ name: 'anna', client_id: client.client.id, caller: CALLER, callee: body.callee.number },
    ...{
      state: 'connected',
      carrier: 'session',
      metadata: {},
      client_reference: null,
      recording_enabled: false,
    },
    ...{ sink: null, ended_at: null, at_once: true, events: 1 },
  });
});

test('the sink comes back as it was sent, and its credential never does', async () => {
  const sinks = ['https://Sink.example', 'https://sink.example:443/events?of=me#here', SINK.sink];
  for (const sink of sinks) {
    const call = await openCall(app, token, callTo(undefined, { ...SINK, sink }));
    const { caller, callee, sink: shown } = call;
    const { text } = await getCall(app, token, call.callId);
    assertIs('Call', JSON.parse(text));
    assert.deepEqual(JSON.parse(text), {
      ...{ callId: call.callId, caller, callee, status: 'connected' },
      ...{ createdAt: call.createdAt, recordingEnabled: false, sink },
    });
    assert.equal(shown, sink);
    assert.ok(!text.includes(SINK.sinkCredential.accessToken));
  }
});

suite('what other APIs have is not here', () => {
  test('an option is an unknown property', async () => {
    const before = await countCalls(app);
    for (const further of [{ clickToCall: {} }, { ringTimeout: 20 }, { metadata: {} }]) {
      const answer = await postCall(app, token, callTo(undefined, further));
      const { message } = assertError(answer, 400, 'INVALID_ARGUMENT');
      assert.equal(message, `Unknown parameter: ${Object.keys(further)[0]}`);
    }
    assert.equal(await countCalls(app), before);
  });

  test('an Idempotency-Key means nothing', async () => {
    const [body, headers] = [callTo(), { 'idempotency-key': 'once' }];
    await openCall(app, token, body, headers);
    assertError(await postCall(app, token, body, headers), 409, 'ALREADY_EXISTS');
    assert.deepEqual(await app.sql('SELECT FROM idempotency_keys'), []);
  });

  test('a response has no header of the limit', async () => {
    const { headers } = await postCall(app, token);
    const names = [...headers.keys()].filter((name) => /ratelimit|idempot/.test(name));
    assert.deepEqual(names, []);
  });
});

suite('a call cannot be opened: 422, and no call, for', () => {
  for (const [what, further, code] of [
    ['a caller of somebody else', { caller: { number: '+447700900555' } }, 'CALLER_NOT_AVAILABLE'],
    ['a callee that the dialling policy refuses', { callee: { number: PREMIUM } }, 'CALLEE_NOT_AVAILABLE'],
    ['the number of the caller', { callee: { number: CALLER } }, 'SAME_CALLER_CALLEE'],
    ['a recording that the carrier cannot make', { recordingEnabled: true }, 'RECORDING_NOT_SUPPORTED'],
  ] as const) {
    test(`${what}: ${code}`, async () => {
      const before = await countCalls(app);
      const answer = await postCall(app, token, callTo(undefined, further));
      assertError(answer, 422, `CLICK_TO_DIAL.${code}`);
      assert.equal(await countCalls(app), before);
    });
  }

  test('a user without a number: CALLER_NOT_AVAILABLE, and the message says what helps', async () => {
    const nadia = await tokenFor(app, client, await addCaller(app, 'nadia', { numbers: [] }));
    const answer = await postCall(app, nadia);
    const { message } = assertError(answer, 422, 'CLICK_TO_DIAL.CALLER_NOT_AVAILABLE');
    assert.match(String(message), /no number .* administrator can add one/);
  });
});

suite('between two numbers the user has one call at most', () => {
  test('a second one is 409 ALREADY_EXISTS for every application', async () => {
    const callee = newCallee();
    await openCall(app, token, callTo(callee));
    const other = await tokenFor(app, await addModernClient(app), anna, 'click-to-dial:calls:create');
    const before = await countCalls(app);
    for (const presented of [token, other])
      assertError(await postCall(app, presented, callTo(callee)), 409, 'ALREADY_EXISTS');
    assert.equal(await countCalls(app), before);
  });

  test('another caller, another user, or an ended call is no obstacle', async () => {
    const callee = newCallee();
    const first = await openCall(app, token, callTo(callee));
    await openCall(app, token, callTo(callee, { caller: { number: SECOND } }));
    const carol = await tokenFor(app, client, await addCaller(app, 'carol'));
    await openCall(app, carol, callTo(callee));
    assert.equal((await deleteCall(app, token, first.callId)).status, 204);
    await openCall(app, token, callTo(callee));
  });

  test('of many at the same time one is opened', async () => {
    for (let round = 0; round < 20; round++) {
      const body = callTo();
      const answers = await Promise.all(Array.from({ length: 8 }, () => postCall(app, token, body)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...new Array(7).fill(409)]);
    }
  });
});
