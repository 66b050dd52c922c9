import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { XMLParser } from 'fast-xml-parser';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { getCall, openCall, postCall, type ShownCall, stopCall } from '../classic/call.ts';
import { addAdministrator } from './administrator.ts';

const app = await startApp();
const client = await addClassicClient(app);
const otherClient = await addClassicClient(app, 'Other');
const administrator = await addAdministrator(app);
await addUser(app, 'anna', { limit: 1, numbers: ['+447700900777'] });
const token = await classicToken(app, client, 'anna');

suite('GET /admin/calls/{id}', () => {
  test('shows any user’s call, as JSON: times in ISO 8601, the duration in seconds from the callee’s answer', async () => {
    const id = await openCall(app, token);
    await stopCall(app, token, id);
    await app.sql(
      `UPDATE calls SET created_at = '2024-02-03T04:05:05Z', caller_answered_at = '2024-02-03T04:05:06.789Z',
                        connected_at = '2024-02-03T04:05:07Z',
                        ended_at = '2024-02-03T05:05:08.5Z' WHERE id = $1`,
      [id],
    );
    const answer = await administrator.get(`/admin/calls/${id}`);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json(), {
      id,
      user: 'anna',
      client: client.id,
      caller: '+447700900777',
      callee: '+447700900123',
      state: 'disconnected',
      reason: 'hangUp',
      endedBy: 'client',
      createdAt: '2024-02-03T04:05:05.000Z',
      callerAnsweredAt: '2024-02-03T04:05:06.789Z',
      connectedAt: '2024-02-03T04:05:07.000Z',
      endedAt: '2024-02-03T05:05:08.500Z',
      duration: 3601,
      carrier: 'session',
      ringTimeout: 60,
      timeLimit: 14_400,
      deadlineAt: answer.json()['deadlineAt'],
      clientReference: null,
      metadata: {},
      recordingEnabled: false,
      recordingResult: null,
      strippedAt: null,
      causeLeg: null,
      sipStatus: null,
      q850Cause: null,
      causeText: null,
    });
  });

  test('shows the same as XML', async () => {
    const id = await openCall(app, token);
    await stopCall(app, token, id);
    const json = (await administrator.get(`/admin/calls/${id}`)).json();
    const answer = await administrator.get(`/admin/calls/${id}`, { accept: 'text/xml' });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/xml; charset=utf-8/);
    assert.match(answer.text, /^<\?xml version="1\.0" encoding="UTF-8"\?>/);
    const { call } = new XMLParser({ parseTagValue: false }).parse(answer.text);
    const { metadata: _, ...told } = json; // its names need not be names of elements
    const present = Object.entries(told).filter(([, value]) => value !== null);
    assert.deepEqual(call, Object.fromEntries(present.map(([name, value]) => [name, String(value)])));
  });

  test('404 for an unknown call', async () => {
    const answer = await administrator.get('/admin/calls/unknown');
    assert.equal(answer.status, 404);
    assert.equal(answer.json()['error'], 'call_not_found');
  });
});

suite('POST /admin/calls/{id}/end', () => {
  test('ends any user’s call, says who did, and frees its place at once', async () => {
    const id = await openCall(app, token);
    assert.equal((await postCall(app, token)).status, 409);
    const answer = await administrator.send('POST', `/admin/calls/${id}/end`);
    assert.equal(answer.status, 200);
    const { state, reason, endedBy, endedAt } = answer.json();
    assert.deepEqual([state, reason, endedBy], ['disconnected', 'hangUp', 'administrator']);
    assert.ok(Math.abs(Date.parse(String(endedAt)) - Date.now()) < 60_000);
    const [row] = await app.sql('SELECT state, ended_by FROM calls WHERE id = $1', [id]);
    assert.deepEqual(row, { state: 'disconnected', ended_by: 'administrator' });
    assert.equal((await getCall(app, token, id)).json<ShownCall>().info.state, 'disconnected');

    const next = await openCall(app, token);
    await stopCall(app, token, next);
  });

  test('does not change a call that has ended', async () => {
    const id = await openCall(app, token);
    await stopCall(app, token, id);
    const before = await app.sql('SELECT * FROM calls WHERE id = $1', [id]);
    const answer = await administrator.send('POST', `/admin/calls/${id}/end`);
    assert.equal(answer.status, 200);
    assert.equal(answer.json()['endedBy'], 'client');
    assert.deepEqual(await app.sql('SELECT * FROM calls WHERE id = $1', [id]), before);
  });

  test('404 for an unknown call', async () => {
    const answer = await administrator.send('POST', '/admin/calls/unknown/end');
    assert.equal(answer.status, 404);
    assert.equal(answer.json()['error'], 'call_not_found');
  });
});

interface Page {
  readonly calls: readonly { readonly id: string }[];
  readonly nextPageToken?: string;
}

/** Calls with times of our own, in a database where no other test’s calls are in the way. */
suite('GET /admin/calls', async () => {
  const insert = (id: string, user: string, by: string, createdAt: string, state = 'disconnected') =>
    app.sql(
      `INSERT INTO calls (id, user_id, client_id, callee, state, created_at, ended_at, reason, ended_by,
                          carrier, ring_timeout, time_limit, deadline_at)
       SELECT $1, u.id, $3, '+447700900123', $5, $4::timestamptz, e.ended_at,
              CASE $5 WHEN 'disconnected' THEN 'hangUp' WHEN 'failed' THEN 'other' END,
              CASE WHEN e.ended_at IS NOT NULL THEN 'client' END, 'session', 60, 14400, now() + interval '1 day'
         FROM users u, (SELECT CASE WHEN $5 IN ('disconnected', 'failed') THEN $4::timestamptz END AS ended_at) e
        WHERE u.name = $2`,
      [id, user, by, createdAt, state],
    );

  test('lists by user, client, state, ongoing and time, all at once too, newest first', async () => {
    await addUser(app, 'bert');
    await insert('c1', 'bert', client.id, '2020-01-01T00:00:00Z');
    await insert('c2', 'bert', otherClient.id, '2020-01-01T12:00:00Z', 'failed');
    await insert('c3', 'bert', client.id, '2020-01-02T00:00:00Z', 'connected');
    await insert('c4', 'rosa', client.id, '2020-01-02T00:00:01Z');
    await insert('c5', 'rosa', otherClient.id, '2020-01-03T00:00:00Z', 'callingCallee');

    for (const [query, ids] of [
      ['user=bert', 'c3 c2 c1'],
      ['user=BERT', 'c3 c2 c1'],
      ['user=nobody', ''],
      [`client=${otherClient.id}`, 'c5 c2'],
      ['client=nobody', ''],
      ['state=connected', 'c3'],
      ['state=failed', 'c2'],
      ['state=initiating', ''],
      ['ongoing=true', 'c5 c3'],
      ['ongoing=false&to=2020-12-31', 'c4 c2 c1'],
      ['from=2020-01-02T00:00:00Z&to=2020-12-31', 'c5 c4 c3'],
      ['from=2020-01-02&to=2020-12-31', 'c5 c4 c3'],
      ['from=2020-01-02T01:00:00%2B01:00&to=2020-12-31', 'c5 c4 c3'],
      ['to=2020-01-02T00:00:00Z', 'c2 c1'],
      ['to=2020-01-02T00:00:00', 'c2 c1'],
      ['from=2020-01-01T12:00:00Z&to=2020-01-02T00:00:01Z', 'c3 c2'],
      ['from=2021-01-01&to=2021-12-31', ''],
      [`user=bert&client=${client.id}&state=connected&ongoing=true&from=2020-01-01&to=2020-12-31`, 'c3'],
    ] as const) {
      const answer = await administrator.get(`/admin/calls?${query}`);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(
        answer
          .json<Page>()
          .calls.map(({ id }) => id)
          .join(' '),
        ids,
        query,
      );
    }
  });

  test('has pages without lost or repeated calls, even if many were opened in one microsecond', async () => {
    await addUser(app, 'carl');
    const expected: string[] = [];
    for (let n = 0; n < 23; n++) {
      const id = `p${String(n * 7919).padStart(6, '0')}`;
      expected.push(id);
      const microsecond = n < 15 ? '000001' : `00000${n % 4}`;
      await insert(id, 'carl', client.id, `2020-05-05T05:05:05.${microsecond}Z`);
    }
    for (const size of [1, 4, 23, 1000]) {
      const seen: string[] = [];
      let further = '';
      for (let page = 0; page < 30; page++) {
        const answer = await administrator.get(`/admin/calls?user=carl&page_size=${size}${further}`);
        const { calls, nextPageToken } = answer.json<Page>();
        assert.ok(calls.length > 0 && calls.length <= size);
        seen.push(...calls.map(({ id }) => id));
        if (nextPageToken === undefined) break;
        further = `&page_token=${nextPageToken}`;
      }
      assert.deepEqual([...seen].sort(), [...expected].sort(), `page_size=${size}`);
    }
  });

  test('a call that is opened between two pages is not on the later one', async () => {
    const { calls, nextPageToken } = (
      await administrator.get('/admin/calls?user=carl&page_size=4')
    ).json<Page>();
    await insert('later', 'carl', client.id, '2020-06-06T06:06:06Z');
    const next = (
      await administrator.get(`/admin/calls?user=carl&page_size=1000&page_token=${nextPageToken}`)
    ).json<Page>();
    const ids = next.calls.map(({ id }) => id);
    assert.equal(ids.length, 23 - 4);
    assert.ok(!ids.includes('later') && !calls.some(({ id }) => ids.includes(id)));
  });

  test('returns 100 calls without page_size', async () => {
    await addUser(app, 'dora');
    for (let n = 0; n < 101; n++) await insert(`d${n}`, 'dora', client.id, '2020-07-07T07:07:07Z');
    const { calls, nextPageToken } = (await administrator.get('/admin/calls?user=dora')).json<Page>();
    assert.equal(calls.length, 100);
    assert.ok(nextPageToken);
  });
});
