import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient, bearer } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import {
  addCaller,
  assertProblem,
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

const SECOND = '+447700900999';
const app = await startApp({ CALL_TIME_LIMIT: '3600', RING_TIMEOUT: '40' });
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna', { numbers: [CALLER, SECOND] });
const token = await tokenFor(app, client, anna);

test('a call is opened: 201, the call, its address, and one row that says the same', async () => {
  const { callee } = callTo();
  const answer = await postCall(app, token, { callee });
  assert.equal(answer.status, 201, answer.text);
  const { id, createdAt, ...rest } = answer.json<Record<string, unknown>>();
  assert.match(String(id), /^[0-9a-f]{32}$/);
  assert.deepEqual(rest, {
    ...{ client: client.client.id, caller: CALLER, callee, state: 'connected', reason: null, endedBy: null },
    ...{ ringTimeout: 40, timeLimit: 3600 },
    deadlineAt: new Date(Date.parse(String(createdAt)) + 3600_000).toISOString(),
    ...{ clientReference: null, metadata: {}, recordingEnabled: false, recordingResult: null },
    ...{ callerAnsweredAt: null, connectedAt: createdAt, endedAt: null, duration: null },
  });
  assert.equal(answer.headers.get('location'), `${app.url}${CALLS}/${id}`);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.headers.get('idempotent-replayed'), null);
  const shown = await request(app, 'GET', new URL(answer.location).pathname, bearer(token));
  assert.deepEqual(shown.json(), answer.json());

  const [row] = await app.sql(
    `SELECT u.name, c.client_id, c.caller, c.callee, c.state, c.carrier, c.sink, c.ended_at, c.created_at = c.connected_at AS at_once,
            (SELECT count(*)::integer FROM call_events e WHERE e.call_id = c.id) AS events
       FROM calls c JOIN users u ON u.id = c.user_id WHERE c.id = $1`,
    [id],
  );
  assert.deepEqual(row, {
    ...{ name: 'anna', client_id: client.client.id, caller: CALLER, callee, state: 'connected' },
    ...{ carrier: 'session', sink: null, ended_at: null, at_once: true, events: 1 },
  });
});

test('the client’s own data is kept and returned', async () => {
  const metadata = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`key.${n}-_`, 'ü'.repeat(500)]));
  metadata['constructor'] = 'a name that every object has';
  delete metadata['key.0-_'];
  const options = { clientReference: 'R'.repeat(128), metadata, timeLimit: 60, ringTimeout: 1 };
  const call = await openCall(app, token, callTo(undefined, options));
  const { clientReference, metadata: kept, timeLimit, ringTimeout } = call;
  assert.deepEqual({ clientReference, metadata: kept, timeLimit, ringTimeout }, options);
  const [row] = await app.sql(
    'SELECT client_reference, metadata, time_limit, ring_timeout FROM calls WHERE id = $1',
    [call.id],
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
    test(`${name}: as many as it allows`, async () => {
      const call = await openCall(app, token, callTo(undefined, { [name]: maximum }));
      assert.equal(call[name], maximum);
    });
    test(`${name}: a second more, or none, is refused`, async () => {
      for (const value of [maximum + 1, 1e300, 0, -1]) {
        const before = await countCalls(app);
        const answer = await postCall(app, token, callTo(undefined, { [name]: value }));
        const { field, detail } = assertProblem(answer, 400, 'invalid_input');
        assert.equal(field, name);
        if (value > 0) assert.match(String(detail), new RegExp(`^${name} .* ${maximum}\\.$`));
        assert.equal(await countCalls(app), before);
      }
    });
  }
});

suite('the user has at most one ongoing call between two numbers', () => {
  test('a second one is refused to every application', async () => {
    const callee = newCallee();
    await openCall(app, token, callTo(callee));
    const other = await tokenFor(app, await addModernClient(app), anna, 'click-to-dial:calls:create');
    const before = await countCalls(app);
    for (const presented of [token, other])
      assertProblem(await postCall(app, presented, callTo(callee)), 409, 'call_already_ongoing');
    assert.equal(await countCalls(app), before);
  });

  test('another caller, another user and an ended call do not count', async () => {
    const callee = newCallee();
    const first = await openCall(app, token, callTo(callee));
    await openCall(app, token, callTo(callee, { caller: SECOND }));
    const carol = await tokenFor(app, client, await addCaller(app, 'carol'));
    await openCall(app, carol, callTo(callee));
    assert.equal((await deleteCall(app, token, first.id)).status, 204);
    await openCall(app, token, callTo(callee));
  });

  test('of many simultaneous requests one opens a call', async () => {
    for (let round = 0; round < 10; round++) {
      const body = callTo();
      const answers = await Promise.all(Array.from({ length: 8 }, () => postCall(app, token, body)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...new Array(7).fill(409)]);
    }
  });
});

test('recording with a carrier that cannot record is refused', async () => {
  const before = await countCalls(app);
  const answer = await postCall(app, token, callTo(undefined, { recordingEnabled: true }));
  assertProblem(answer, 422, 'recording_not_supported');
  assert.equal(await countCalls(app), before);
});
