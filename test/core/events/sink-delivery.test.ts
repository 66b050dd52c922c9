import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { deliveriesOf, makeRetriesDue, moveCall, openCallOf, sinkColumns } from './events.ts';
import { eventually, startReceiver, startSecureReceiver } from './receiver.ts';

const CALLS = '/click-to-dial/v0.2/calls';
const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna', { limit: 100, numbers: ['+447700900000'] });
const client = await addClassicClient(app);
const token = await classicToken(app, client, 'anna');
const HOUR = 3_600_000;
let numbers = 100;

function post(given: object, headers: Record<string, string> = {}) {
  const call = {
    caller: { number: '+447700900000' },
    callee: { number: `+447700900${numbers++}` },
    ...given,
  };
  return request(app, 'POST', CALLS, { ...bearer(token), ...JSON_BODY, ...headers }, JSON.stringify(call));
}

function credential(accessToken: string, expiresIn = HOUR) {
  return {
    credentialType: 'ACCESSTOKEN',
    accessToken,
    accessTokenExpiresUtc: new Date(Date.now() + expiresIn).toISOString(),
    accessTokenType: 'bearer',
  };
}

async function open(given: object): Promise<string> {
  const answer = await post(given);
  assert.equal(answer.status, 201, answer.text);
  return String(answer.json()['callId']);
}

test('the sink of a call gets its events as CloudEvents, with its token', async () => {
  const receiver = await startSecureReceiver();
  const id = await open({
    sink: `${receiver.url}/sink?of=me`,
    sinkCredential: credential('t0ken.of-the_sink'),
  });
  await receiver.waitFor(1);
  assert.equal((await request(app, 'DELETE', `${CALLS}/${id}`, bearer(token))).status, 204);
  const [opened, ended] = await receiver.waitFor(2);
  for (const one of [opened, ended]) {
    assert.deepEqual([one?.method, one?.path], ['POST', '/sink?of=me']);
    assert.equal(one?.headers['content-type'], 'application/cloudevents+json');
    assert.equal(one?.headers['authorization'], 'Bearer t0ken.of-the_sink');
  }
  const events = await app.sql<{ id: string; at: Date }>(
    'SELECT id, at FROM call_events WHERE call_id = $1 ORDER BY seq',
    [id],
  );
  const [{ data: first, ...envelope }, { data: last }] = [opened, ended].map((one) =>
    JSON.parse(one?.body ?? ''),
  );
  assert.deepEqual(envelope, {
    id: events[0]?.id,
    source: `${app.url}/click-to-dial/v0.2`,
    specversion: '1.0',
    datacontenttype: 'application/json',
    type: 'org.camaraproject.click-to-dial.v0.status-changed',
    time: events[0]?.at.toISOString(),
  });
  const numbers = { callId: id, caller: '+447700900000', callee: first.callee };
  assert.deepEqual(first, {
    ...numbers,
    status: { state: 'connected' },
    timestamp: events[0]?.at.toISOString(),
  });
  assert.deepEqual(last, {
    ...numbers,
    status: { state: 'disconnected', reason: 'hangUp' },
    callDuration: '0',
    timestamp: events[1]?.at.toISOString(),
  });
});

suite('an event', () => {
  async function endOf(columns: object, endings: readonly (readonly [string, string | null])[], before = '') {
    const receiver = await startReceiver();
    const id = await openCallOf(app, {
      userName: 'anna',
      clientId: client.id,
      sink: receiver.url,
      ...columns,
    });
    for (const [state, reason] of endings) {
      if (state === 'disconnected' && before) await app.sql(before, [id]);
      await moveCall(app, id, state, reason);
    }
    const received = await receiver.waitFor(endings.length + 1);
    return JSON.parse(received.at(-1)?.body ?? '').data;
  }

  test('has no Authorization if the sink has no credential', async () => {
    const receiver = await startSecureReceiver();
    await open({ sink: receiver.url });
    const [received] = await receiver.waitFor(1);
    assert.equal(received?.headers['authorization'], undefined);
  });

  test('of a failed call has neither reason nor duration', async () => {
    const { status, callDuration } = await endOf({}, [['failed', 'callerNoAnswer']]);
    assert.deepEqual([status, callDuration], [{ state: 'failed' }, undefined]);
  });

  test('of a call that was not connected has duration "0"', async () => {
    const { status, callDuration } = await endOf({}, [['disconnected', 'calleeBusy']]);
    assert.deepEqual([status, callDuration], [{ state: 'disconnected', reason: 'calleeBusy' }, '0']);
  });

  test('has the duration from connection, in whole seconds', async () => {
    const { callDuration } = await endOf(
      {},
      [
        ['connected', null],
        ['disconnected', 'hangUp'],
      ],
      `UPDATE calls SET connected_at = now() - interval '95.1 seconds' WHERE id = $1`,
    );
    assert.equal(callDuration, '95');
  });

  test('has the result of the recording if one was requested and the call has ended', async () => {
    const recorded = { recording_enabled: true };
    assert.equal((await endOf(recorded, [['connected', null]])).recordingResult, undefined);
    assert.equal((await endOf(recorded, [['failed', 'callerFailure']])).recordingResult, 'noRecord');
    assert.equal((await endOf({}, [['disconnected', 'hangUp']])).recordingResult, undefined);
  });
});

test('the token is stored encrypted', async () => {
  const receiver = await startSecureReceiver();
  const call = { caller: { number: '+447700900000' }, callee: { number: '+447700900999' } };
  const body = JSON.stringify({
    ...call,
    sink: receiver.url,
    sinkCredential: credential('very-secret-token'),
  });
  const headers = { ...bearer(token), ...JSON_BODY };
  await request(app, 'POST', CALLS, headers, body);
  await receiver.waitFor(1);
  for (const table of ['calls', 'deliveries', 'delivery_attempts']) {
    const rows = await app.sql<{ text: string }>(`SELECT to_jsonb(t)::text AS text FROM ${table} t`);
    const hex = Buffer.from('very-secret-token').toString('hex');
    assert.ok(!rows.some(({ text }) => text.includes('very-secret-token') || text.includes(hex)), table);
  }
});

suite('events have the x-correlator', () => {
  async function correlatorsOf(headers: Record<string, string>) {
    const receiver = await startSecureReceiver();
    const answer = await post({ sink: receiver.url }, headers);
    const { callId } = answer.json<{ callId: string }>();
    const ending = { ...bearer(token), 'x-correlator': 'of-the-end' };
    await request(app, 'DELETE', `${CALLS}/${callId}`, ending);
    const received = await receiver.waitFor(2);
    return { answer, sent: received.map((one) => one.headers['x-correlator']) };
  }

  test('of the request that opened the call', async () => {
    const { sent } = await correlatorsOf({ 'x-correlator': 'of-the-request' });
    assert.deepEqual(sent, ['of-the-request', 'of-the-request']);
  });

  test('that the server made for that request', async () => {
    const { answer, sent } = await correlatorsOf({});
    const made = answer.headers.get('x-correlator');
    assert.match(made ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(sent, [made, made]);
  });

  test('also when an event is sent again', async () => {
    const receiver = await startSecureReceiver(() => 500);
    await post({ sink: receiver.url }, { 'x-correlator': 'again' });
    await receiver.waitFor(1);
    await eventually(
      async () => (await app.sql(`SELECT FROM deliveries WHERE state = 'retrying'`)).length > 0,
    );
    receiver.answer = () => 204;
    await makeRetriesDue(app);
    const received = await receiver.waitFor(2);
    assert.deepEqual(
      received.map((one) => one.headers['x-correlator']),
      ['again', 'again'],
    );
  });
});

suite('an event is acknowledged', () => {
  for (const status of [200, 202, 204]) {
    test(`by ${status}`, async () => {
      const receiver = await startSecureReceiver(() => status);
      const id = await open({ sink: receiver.url });
      await eventually(async () => (await deliveriesOf(app, id))[0]?.state === 'delivered');
      assert.equal(receiver.received.length, 1);
    });
  }
});

suite('an expired credential', () => {
  test('stops deliveries to the sink, and the log says why', async () => {
    const receiver = await startReceiver();
    receiver.answer = () => 500;
    const id = await openCallOf(app, {
      userName: 'anna',
      clientId: client.id,
      ...sinkColumns('expiring', receiver.url, 'token', new Date(Date.now() + HOUR).toISOString()),
    });
    await moveCall(app, id, 'connected');
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 1);
    await app.sql(`UPDATE calls SET sink_token_expires_at = '2026-01-01T00:00:00Z' WHERE id = $1`, [id]);
    await makeRetriesDue(app);
    await eventually(async () => (await deliveriesOf(app, id)).every(({ state }) => state === 'stopped'));
    await moveCall(app, id, 'disconnected');
    await eventually(async () => (await deliveriesOf(app, id))[2]?.state === 'stopped');
    for (const { attempts } of await deliveriesOf(app, id)) {
      assert.deepEqual(
        [attempts.at(-1)?.status, attempts.at(-1)?.problem],
        [null, "the sink's access token expired at 2026-01-01T00:00:00.000Z"],
      );
    }
    assert.equal(receiver.received.length, 1);
  });

  test('is refused in a request', async () => {
    const answer = await post({ sink: 'https://sinks.example.com/', sinkCredential: credential('t', -1000) });
    assert.equal(answer.status, 400);
  });
});

suite('400 INVALID_ARGUMENT, and no call, for', () => {
  const wrong: Record<string, readonly [object, RegExp]> = {
    'a sink that is not https:': [{ sink: 'http://sinks.example.com/' }, /^sink must be an https: URL\.$/],
    'a sink that is not https:, at an allowed host': [
      { sink: 'http://127.0.0.1:8080/' },
      /^sink must be an https: URL\.$/,
    ],
    'a sink with another scheme': [{ sink: 'ftp://sinks.example.com/' }, /^sink must be an https: URL\.$/],
    'a sink at a private address': [{ sink: 'https://10.0.0.1/' }, /sink must have a public address/],
    'a sink at the metadata address': [
      { sink: 'https://169.254.169.254/' },
      /sink must have a public address/,
    ],
    'a sink with a password': [{ sink: 'https://me:secret@sinks.example.com/' }, /user name or a password/],
    'a token that no header can hold': [
      { sink: 'https://sinks.example.com/', sinkCredential: credential('a\nb') },
      /accessToken must/,
    ],
  };
  for (const [what, [given, message]] of Object.entries(wrong)) {
    test(what, async () => {
      const count = async () => (await app.sql('SELECT count(*) FROM calls'))[0]?.['count'];
      const before = await count();
      const answer = await post(given);
      assert.equal(answer.status, 400);
      assert.equal(answer.json()['code'], 'INVALID_ARGUMENT');
      assert.match(String(answer.json()['message']), message);
      assert.ok(!answer.text.includes('secret@'));
      assert.equal(await count(), before);
    });
  }
});
