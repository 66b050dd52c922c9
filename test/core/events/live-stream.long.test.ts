import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { hurriedClock } from '../../harness/hurried-clock.ts';
import { addModernClient, addUser, modernToken } from '../../harness/people.ts';
import { openCall } from '../../web/classic/call.ts';
import { openStream } from './stream-reader.ts';

/** Hangs up a second after it has answered. */
const PHONE = '+12025550131';
const LIFE = ['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected'];
const READ = 'click-to-dial:calls:read';

const app = await startApp({ CARRIER: 'simulator' }, hurriedClock(100));
const shop = await addModernClient(app, { name: 'Shop' });
const other = await addModernClient(app, { name: 'Other' });
let people = 0;

/** A new user, without other events. */
async function addReader(scope = 'call', client = shop): Promise<{ name: string; token: string }> {
  const name = `reader${++people}`;
  await addUser(app, name, { limit: 100, numbers: ['+447700900100'] });
  return { name, token: await modernToken(app, client, name, scope) };
}

/** Adds an event to each of the user's calls. */
function appendEvents(name: string): Promise<unknown> {
  return app.sql(
    'SELECT append_call_events(ARRAY[c]) FROM calls c, users u WHERE u.id = c.user_id AND u.name = $1',
    [name],
  );
}

suite('a stream', () => {
  test('sends all transitions of a call, in order', async () => {
    const { token } = await addReader();
    const reader = await openStream(app, token);
    const callId = await openCall(app, token, PHONE);
    await reader.until(({ events }) => events.length === LIFE.length);
    assert.deepEqual(reader.states, LIFE);
    assert.deepEqual(
      reader.events.map(({ id }) => id),
      ['1', '2', '3', '4', '5'],
    );
    const shown = LIFE.map((_, index) => reader.shown(index));
    assert.deepEqual([...new Set(shown.map(({ data }) => data.callId))], [callId]);
    assert.equal(new Set(shown.map(({ id }) => id)).size, LIFE.length);
    assert.deepEqual(
      shown.map(({ type, data }) => [type, data.state]),
      LIFE.map((state) => [state, state]),
    );
    const { reason, endedBy } = shown.at(-1)?.data ?? {};
    assert.deepEqual([reason, endedBy], ['hangUp', 'carrier']);
    const times = shown.map(({ timestamp }) => timestamp);
    assert.deepEqual(times, times.toSorted());
  });

  test('starts now, and sends its position, so that a reader can resume without events', async () => {
    const { token } = await addReader();
    await openCall(app, token, PHONE);
    const all = await openStream(app, token, '0');
    await all.until(({ events }) => events.length === LIFE.length);
    const reader = await openStream(app, token);
    assert.equal(reader.frames[0]?.id, '5');
    assert.match(reader.frames[0]?.retry ?? '', /^\d{4}$/);
    reader.close();
    await openCall(app, token, PHONE);
    const resumed = await openStream(app, token, reader.lastId);
    await resumed.until(({ events }) => events.length === LIFE.length);
    assert.deepEqual(resumed.states, LIFE);
    assert.equal(resumed.events[0]?.id, '6');
  });

  test('sends all events after 0, however many there are', async () => {
    const { name, token } = await addReader();
    await app.sql(
      `INSERT INTO calls (id, user_id, client_id, callee, state, reason, ended_by, carrier, ring_timeout, time_limit,
                          deadline_at, created_at, ended_at)
       SELECT 'old' || n, u.id, $2, '+447700900123', 'failed', 'other', 'carrier', 'simulator', 1, 1, now(), now(), now()
         FROM users u, generate_series(1, 333) n WHERE u.name = $1`,
      [name, shop.client.id],
    );
    await appendEvents(name);
    const reader = await openStream(app, token, '0');
    await reader.until(({ events }) => events.length >= 333);
    assert.deepEqual(
      reader.events.map(({ id }) => id),
      Array.from({ length: 333 }, (_, index) => String(index + 1)),
    );
  });

  test('starts now if Last-Event-ID is a future event', async () => {
    const { token } = await addReader();
    const reader = await openStream(app, token, '999999');
    assert.equal(reader.frames[0]?.id, '0');
    await openCall(app, token, PHONE);
    await reader.until(({ events }) => events.length === LIFE.length);
  });

  test('has no events of other users', async () => {
    const [mine, theirs] = [await addReader(), await addReader()];
    const reader = await openStream(app, mine.token);
    const control = await openStream(app, theirs.token);
    await openCall(app, theirs.token, PHONE);
    await control.until(({ events }) => events.length === LIFE.length);
    const own = await openCall(app, mine.token, PHONE);
    await reader.until(({ events }) => events.length === LIFE.length);
    for (const index of LIFE.keys()) assert.equal(reader.shown(index).data.callId, own);
  });

  test('sends a comment every 15 seconds', async () => {
    const { token } = await addReader();
    const began = performance.now();
    const reader = await openStream(app, token);
    await reader.until(({ frames }) => frames.filter(({ comment }) => comment === 'heartbeat').length === 3);
    assert.ok(performance.now() - began >= 3 * 149);
  });
});

suite('with a token limited to the application’s own calls', () => {
  test('a stream has only the events of these calls', async () => {
    const { name, token: narrow } = await addReader(READ);
    const wide = await modernToken(app, other, name);
    const opener = await modernToken(app, shop, name);
    const reader = await openStream(app, narrow);
    const everything = await openStream(app, wide);
    await openCall(app, wide, PHONE);
    const own = await openCall(app, opener, PHONE);
    await openCall(app, wide, PHONE);
    await everything.until(({ events }) => events.length === 3 * LIFE.length);
    await reader.until(({ events }) => events.length === LIFE.length);
    assert.deepEqual(reader.states, LIFE);
    for (const index of LIFE.keys()) assert.equal(reader.shown(index).data.callId, own);
    const fromStart = await openStream(app, narrow, '0');
    await fromStart.until(({ events }) => events.length === LIFE.length);
    assert.deepEqual(fromStart.events, reader.events);
  });

  test('a stream skips any number of other events', async () => {
    const { name, token: narrow } = await addReader(READ);
    await openCall(app, await modernToken(app, other, name));
    for (let n = 0; n < 120; n++) await appendEvents(name);
    const reader = await openStream(app, narrow, '0');
    const own = await openCall(app, await modernToken(app, shop, name), PHONE);
    await reader.until(({ events }) => events.length === LIFE.length);
    assert.equal(reader.shown(0).data.callId, own);
  });
});
