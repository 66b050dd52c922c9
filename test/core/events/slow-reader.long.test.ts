import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { hurriedClock } from '../../harness/hurried-clock.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { openCallOf } from './events.ts';
import { eventually } from './receiver.ts';
import { EVENTS_PATH, openStream } from './stream-reader.ts';

const EVENTS = 4_000;
const STEP = 500;
const METADATA = 'x'.repeat(9_000);

const app = await startApp();
/** Two missed heartbeats take 1.5 seconds. */
const hurried = await startNode(app, {}, hurriedClock(20));
const shop = await addClassicClient(app);
await addUser(app, 'anna');
const token = await classicToken(app, shop, 'anna');
const id = await openCallOf(app, { userName: 'anna', clientId: shop.id, metadata: { METADATA } });
// In steps, each well within a statement's time.
for (let added = 1; added < EVENTS; added += STEP) {
  await app.sql(
    'SELECT append_call_events(ARRAY[c]) FROM calls c, generate_series(1, $2::integer) WHERE c.id = $1 OFFSET $2',
    [id, Math.min(STEP, EVENTS - added)],
  );
}
/** Much more than the buffers of the connection. */
const ALL_BYTES = EVENTS * METADATA.length;

/** Requests all events, and reads nothing. */
async function askAndTakeNothing(node: { url: string }): Promise<Socket> {
  const { hostname, port } = new URL(node.url);
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.on('error', () => {}); // cut
  afterFile(() => socket.destroy());
  socket.write(
    `GET ${EVENTS_PATH} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\nlast-event-id: 0\r\n\r\n`,
  );
  return socket;
}

test('a reader that reads nothing is cut off before much is buffered, and can resume', async () => {
  const socket = await askAndTakeNothing(hurried);
  await eventually(() => hurried.streams.size === 1);
  await eventually(() => hurried.streams.size === 0);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  await closed;
  assert.ok(text.length < ALL_BYTES / 2, `${text.length} bytes were gathered`);

  const ids = [...text.matchAll(/^id: (\d+)\nevent: .*\ndata: .*\n\n/gm)].map(([, id]) => Number(id));
  const last = ids.at(-1) ?? 0;
  const resumed = await openStream(app, token, String(last));
  await resumed.until(({ events }) => events.length === EVENTS - last);
  assert.deepEqual(
    [...ids, ...resumed.events.map(({ id }) => Number(id))],
    Array.from({ length: EVENTS }, (_, index) => index + 1),
  );
});

test('a slow reader is not cut off', async () => {
  const socket = await askAndTakeNothing(hurried);
  let taken = 0;
  let ended = false;
  socket.on('data', (chunk) => {
    taken += chunk.length;
    socket.pause();
    setTimeout(() => socket.resume(), 10);
  });
  socket.once('close', () => {
    ended = true;
  });
  const began = performance.now();
  socket.resume();
  await eventually(() => ended || taken > ALL_BYTES, 60_000);
  assert.ok(!ended, `cut off after ${taken} bytes`);
  assert.ok(performance.now() - began > 3_000, 'it was not slow');
});

test('a stopping node does not wait for a reader that reads nothing', async () => {
  const node = await startNode(app);
  await askAndTakeNothing(node);
  await eventually(() => node.streams.size === 1);
  await new Promise((resolve) => setTimeout(resolve, 200)); // its connection is full
  const began = performance.now();
  await node.http.close();
  assert.ok(performance.now() - began < 2_000, `took ${performance.now() - began} ms`);
});
