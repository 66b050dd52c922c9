import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveCall, openCallOf, WHOLE_LIFE } from '../../core/events/events.ts';
import { addHooked, idOf } from '../../core/events/hooked.ts';
import { requestStream } from '../../core/events/stream-reader.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient, addUser, bearer, modernToken } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna');
await addUser(app, 'bert');
const client = await addModernClient(app);
const token = await modernToken(app, client, 'anna');

interface ShownEvent {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const eventsOf = (id: string, as = token) => request(app, 'GET', `/api/v1/calls/${id}/events`, bearer(as));

test('lists the events of a call, oldest first: the messages that the stream and webhooks send', async () => {
  const { receiver, clientId } = await addHooked(app);
  const stream = await requestStream(app, { ...bearer(token), 'last-event-id': '0' });
  const further = { client_reference: 'order 7', metadata: { desk: '3' } };
  const id = await openCallOf(app, { userName: 'anna', clientId, ...further });
  for (const state of WHOLE_LIFE) await moveCall(app, id, state);
  const received = await receiver.waitFor(5);

  const answer = await eventsOf(id);
  assert.equal(answer.status, 200, answer.text);
  const { events } = answer.json<{ events: ShownEvent[] }>();
  assert.deepEqual(
    events.map(({ type }) => type),
    ['initiating', ...WHOLE_LIFE],
  );
  assert.deepEqual(
    events,
    received.map((message) => ({ id: idOf(message), ...JSON.parse(message.body) })),
  );
  await stream.until((reader) => reader.events.length === 5);
  assert.deepEqual(
    events,
    stream.events.map(({ data = '' }) => JSON.parse(data)),
  );
  const [first, , , connected, last] = events;
  assert.deepEqual([first?.data['connectedAt'], connected?.data['duration']], [null, null]);
  assert.deepEqual([last?.data['reason'], last?.data['clientReference']], ['hangUp', 'order 7']);
  assert.equal(last?.timestamp, last?.data['endedAt']);
});

test('404 for a call that the token does not reach, an unknown one, and one whose data was removed', async () => {
  const own = { userName: 'anna', clientId: client.client.id };
  const another = await openCallOf(app, { userName: 'anna', clientId: 'another' });
  const berts = await openCallOf(app, { ...own, userName: 'bert' });
  const stripped = await openCallOf(app, own);
  await moveCall(app, stripped, 'disconnected');
  await app.sql('UPDATE calls SET stripped_at = now() WHERE id = $1', [stripped]);
  const narrow = await modernToken(app, client, 'anna', 'click-to-dial:calls:read');
  assert.equal((await eventsOf(another)).status, 200, 'with scope call all calls of the user');
  for (const [id, as] of [
    [another, narrow],
    [berts, token],
    [stripped, token],
    ['unknown', token],
  ] as const) {
    const answer = await eventsOf(id, as);
    assert.deepEqual([answer.status, answer.json()['code']], [404, 'call_not_found'], answer.text);
  }
});

test('401 and 403 come before 404', async () => {
  assert.equal((await eventsOf('unknown', 'unknown')).json()['code'], 'token_invalid');
  const deleting = await modernToken(app, client, 'anna', 'click-to-dial:calls:delete');
  assert.equal((await eventsOf('unknown', deleting)).json()['code'], 'scope_missing');
});
