import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { getCall, getCalls, NUMBER, openCall, type ShownCall } from './call.ts';

const app = await startApp();
const client = await addClassicClient(app);
await addUser(app, 'anna', { limit: 100 });
const token = await classicToken(app, client, 'anna');

/** A call that began at a given time, and has ended after `lasted` if that is given. */
async function callSince(start: string, lasted?: string): Promise<string> {
  const id = await openCall(app, token);
  await app.sql('UPDATE calls SET created_at = $2, connected_at = $2 WHERE id = $1', [id, start]);
  if (lasted !== undefined) {
    await app.sql(
      `UPDATE calls SET state = 'disconnected', reason = 'hangUp', ended_by = 'client',
                        ended_at = connected_at + $2::interval WHERE id = $1`,
      [id, lasted],
    );
  }
  return id;
}

async function show(id: string): Promise<ShownCall> {
  const answer = await getCall(app, token, id);
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json; charset=utf-8/);
  return answer.json<ShownCall>();
}

test('one call has exactly the documented shape', async () => {
  const id = await callSince('2024-02-03T04:05:06.789Z', '1:02:03');
  assert.deepEqual(await show(id), {
    info: {
      duration: '1:02:03',
      number: NUMBER,
      token: id,
      start: '03/02/2024 04:05:06',
      end: '03/02/2024 05:07:09',
      state: 'disconnected',
    },
    user: { username: 'anna' },
  });
});

test('an ongoing call has the end "Call Ongoing", alone and in the list', async () => {
  const id = await callSince('2024-12-31T23:59:59.999Z');
  const { info, user } = await show(id);
  const { duration, ...rest } = info;
  assert.match(duration, /^\d+:[0-5]\d:[0-5]\d$/);
  assert.deepEqual(rest, {
    number: NUMBER,
    token: id,
    start: '31/12/2024 23:59:59',
    end: 'Call Ongoing',
    state: 'connected',
  });
  const listed = (await getCalls(app, token)).json<ShownCall[]>().find((call) => call.info.token === id);
  assert.deepEqual(listed?.user, user);
  assert.deepEqual({ ...listed?.info, duration: '' }, { ...info, duration: '' });
});

test('times are UTC in any time zone of the database', async () => {
  const id = await callSince('2024-07-01T01:30:00+05:30', '0:00:01');
  const { info } = await show(id);
  assert.equal(info.start, '30/06/2024 20:00:00');
  assert.equal(info.end, '30/06/2024 20:00:01');
});

suite('the duration of an ended call', () => {
  for (const [lasted, duration] of [
    ['0.999 seconds', '0:00:00'],
    ['59.5 seconds', '0:00:59'],
    ['60 seconds', '0:01:00'],
    ['9:59:59', '9:59:59'],
    ['10:00:00', '10:00:00'],
    ['24:00:05', '24:00:05'],
    ['123:45:06', '123:45:06'],
    ['1000:00:00', '1000:00:00'],
  ] as const) {
    test(`of ${lasted} is ${duration}`, async () => {
      const { info } = await show(await callSince('2024-02-03T04:05:06Z', lasted));
      assert.equal(info.duration, duration);
    });
  }
});

suite('the duration of an ongoing call counts up to now', () => {
  for (const [ago, pattern] of [
    ['0 seconds', /^0:00:0\d$/],
    ['10 hours', /^10:00:0\d$/],
    ['100 hours 30 minutes', /^100:30:0\d$/],
  ] as const) {
    test(`opened ${ago} ago`, async () => {
      const id = await openCall(app, token);
      await app.sql(
        'UPDATE calls SET created_at = now() - $2::interval, connected_at = now() - $2::interval WHERE id = $1',
        [id, ago],
      );
      assert.match((await show(id)).info.duration, pattern);
    });
  }
});

test('a call that never was connected lasted 0:00:00', async () => {
  const id = await callSince('2024-02-03T04:05:06Z', '0:05:00');
  await app.sql(
    `UPDATE calls SET connected_at = NULL, state = 'failed', reason = 'calleeNoAnswer' WHERE id = $1`,
    [id],
  );
  const { info } = await show(id);
  assert.equal(info.duration, '0:00:00');
  assert.equal(info.end, '03/02/2024 04:10:06');
  assert.equal(info.state, 'failed');
});
