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
  newCallee,
  openCall,
  postCall,
  tokenFor,
} from './call.ts';
import { assertIs } from './camara-schemas.ts';

const SECOND = '+447700900999';
const app = await startApp({
  CALL_TIME_LIMIT: '3600',
  RING_TIMEOUT: '40',
  DIAL_DENY: 'emergency,premium,RU',
});
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna', { numbers: [CALLER, SECOND] });
const token = await tokenFor(app, client, anna);

test('a call is opened: 201, the call, its address, and one row that says the same', async () => {
  const body = callTo();
  const answer = await postCall(app, token, body);
  assert.equal(answer.status, 201, answer.text);
  const call = answer.json();
  assertIs('Call', call);
  const { callId, createdAt, clickToCall, ...rest } = call as Record<string, string | object>;
  assert.match(String(callId), /^[0-9a-f]{32}$/);
  assert.deepEqual(rest, { ...body, status: 'connected', recordingEnabled: false });
  assert.deepEqual(clickToCall, {
    ...{
      reason: null,
      endedBy: null,
      callerAnsweredAt: null,
      connectedAt: createdAt,
      endedAt: null,
      duration: 0,
    },
    deadline: new Date(Date.parse(String(createdAt)) + 3600_000).toISOString(),
    ...{ timeLimit: 3600, ringTimeout: 40, recordingResult: null, clientReference: null, metadata: {} },
    clientId: client.client.id,
  });
  assert.equal(answer.headers.get('location'), `${app.url}${CALLS}/${callId}`);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.headers.get('idempotent-replayed'), null);
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

test('what the application says of its call is kept and comes back', async () => {
  const metadata = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`key.${n}-_`, 'ü'.repeat(500)]));
  metadata['constructor'] = 'not what objects have by themselves';
  delete metadata['key.0-_'];
  const clickToCall = { clientReference: 'R'.repeat(128), metadata, timeLimit: 60, ringTimeout: 1 };
  const call = await openCall(app, token, callTo(undefined, { clickToCall, recordingEnabled: false }));
  const { clientReference, metadata: kept, timeLimit, ringTimeout } = call.clickToCall;
  assert.deepEqual({ clientReference, metadata: kept, timeLimit, ringTimeout }, clickToCall);
  const [row] = await app.sql(
    'SELECT client_reference, metadata, time_limit, ring_timeout FROM calls WHERE id = $1',
    [call.callId],
  );
  assert.deepEqual(row, {
    ...{ client_reference: clientReference, metadata, time_limit: 60, ring_timeout: 1 },
  });
});

suite('seconds are bounded by the configuration', () => {
  for (const [name, maximum] of [
    ['timeLimit', 3600],
    ['ringTimeout', 40],
  ] as const) {
    test(`${name}: as much as it allows`, async () => {
      const call = await openCall(app, token, callTo(undefined, { clickToCall: { [name]: maximum } }));
      assert.equal(call.clickToCall[name], maximum);
    });
    test(`${name}: a second more is OUT_OF_RANGE`, async () => {
      for (const value of [maximum + 1, 1e300]) {
        const before = await countCalls(app);
        const answer = await postCall(app, token, callTo(undefined, { clickToCall: { [name]: value } }));
        const { field, message } = assertError(answer, 400, 'OUT_OF_RANGE');
        assert.equal(field, `clickToCall.${name}`);
        assert.match(String(message), new RegExp(`^clickToCall\\.${name} .* ${maximum}\\.$`));
        assert.equal(await countCalls(app), before);
      }
    });
    test(`${name}: at least one second`, async () => {
      for (const value of [0, -1]) {
        const answer = await postCall(app, token, callTo(undefined, { clickToCall: { [name]: value } }));
        assert.equal(answer.status, 400);
      }
    });
  }
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

test('recording with a carrier that cannot record is 422 RECORDING_NOT_SUPPORTED', async () => {
  const before = await countCalls(app);
  const body = callTo(undefined, { recordingEnabled: true });
  assertError(await postCall(app, token, body), 422, 'RECORDING_NOT_SUPPORTED');
  assert.equal(await countCalls(app), before);
});
