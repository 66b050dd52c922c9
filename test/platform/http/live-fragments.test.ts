import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify from 'fastify';
import { createLiveFragments, type Fragments } from '../../../src/platform/http/pages/live-fragments.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { createTestClock } from '../../harness/test-clock.ts';
import { until } from '../../harness/until.ts';

const clock = createTestClock();
const live = createLiveFragments(clock);

/** The content of the view; undefined: access was lost. */
let shown: Fragments | undefined = { count: '0' };
let looks = 0;
let broken = false;
const subscriptions = new Set<() => void>();

const http = Fastify({ forceCloseConnections: true });
http.addHook('preClose', async () => live.endAll());
http.get('/live', (_request, reply) => {
  live.send(reply, {
    reader: 'anna',
    async render() {
      looks += 1;
      if (broken) throw new Error('broken for a while');
      return shown;
    },
    subscribe(changed) {
      subscriptions.add(changed);
      return () => subscriptions.delete(changed);
    },
    farewell: { count: 'good bye' },
  });
});
const url = `${await http.listen({ port: 0 })}/live`;
afterFile(() => http.close());

const signal = () => {
  for (const changed of subscriptions) changed();
};

/** Reads the stream until it ends, and keeps everything. */
async function read() {
  const abort = new AbortController();
  const response = await fetch(url, { signal: abort.signal });
  const reader = { response, text: '', over: false, stop: () => abort.abort() };
  const decode = async () => {
    for await (const chunk of response.body ?? []) reader.text += Buffer.from(chunk).toString();
  };
  void decode()
    .catch(() => {})
    .finally(() => {
      reader.over = true;
    });
  await until('the stream begins', () => reader.text.startsWith('retry: '));
  return reader;
}

/** Advances the clock until the reader has got matching content. */
const arrives = (reader: { text: string }, pattern: RegExp, passing = 100) =>
  until(`something like ${pattern}`, () => {
    clock.advance(passing);
    return pattern.test(reader.text);
  });

test('first all fragments are sent, then changed ones, once', async () => {
  shown = { count: '0', calls: '<p>none</p>' };
  const reader = await read();
  assert.match(reader.response.headers.get('content-type') ?? '', /^text\/event-stream/);
  await arrives(reader, /event: calls/);
  assert.match(reader.text, /event: count\ndata: 0\n\nevent: calls\ndata: <p>none<\/p>\n\n/);

  shown = { count: '1', calls: '<p>none</p>' };
  signal();
  await arrives(reader, /data: 1\n/);
  assert.equal(reader.text.match(/event: calls/g)?.length, 1);
  reader.stop();
  await until('nobody reads', () => live.size === 0 && subscriptions.size === 0);
});

test('several signals cause one render', async () => {
  const reader = await read();
  await arrives(reader, /event: count/);
  const before = looks;
  for (let count = 0; count < 50; count++) signal();
  shown = { count: 'many' };
  await arrives(reader, /many/, 50);
  assert.ok(looks - before <= 2, `${looks - before} looks`);
  reader.stop();
});

test('a change without a signal is sent, too', async () => {
  const reader = await read();
  await arrives(reader, /event: count/);
  shown = { count: 'unheard' };
  await arrives(reader, /unheard/, 500);
  reader.stop();
});

test('a fragment with several lines is one event, with any line breaks', async () => {
  shown = { count: 'one\ntwo\r\nthree\rfour' };
  const reader = await read();
  await arrives(reader, /event: count\ndata: one\ndata: two\ndata: three\ndata: four\n\n/);
  reader.stop();
});

test('after a failed render, the next one sends the changes', async () => {
  const reader = await read();
  await arrives(reader, /event: count/);
  broken = true;
  signal();
  const before = looks;
  await until('a look', () => {
    clock.advance(100);
    return looks > before;
  });
  broken = false;
  shown = { count: 'mended' };
  await arrives(reader, /mended/, 500);
  reader.stop();
});

test('heartbeats are sent while nothing changes', async () => {
  const reader = await read();
  await arrives(reader, /event: count/);
  await arrives(reader, /: heartbeat\n\n/, 2_500);
  reader.stop();
});

test('a reader who has lost access gets the last content, and does not reconnect', async () => {
  const reader = await read();
  await arrives(reader, /event: count/);
  shown = undefined;
  await arrives(reader, /event: count\ndata: good bye\n\nevent: ended\ndata: \.\n\n$/, 500);
  await until('it ends', () => reader.over);
  shown = { count: '0' };
});

test('a reader can have 20 simultaneous views', async () => {
  await until('nobody reads', () => live.size === 0);
  const readers = await Promise.all(Array.from({ length: 20 }, read));
  assert.equal((await fetch(url)).status, 204);
  for (const reader of readers) reader.stop();
  await until('nobody reads', () => live.size === 0);
});

test('a stopping server ends views, and readers reconnect', async () => {
  const reader = await read();
  await arrives(reader, /event: count/);
  await http.close();
  await until('it ends', () => reader.over);
  assert.match(reader.text, /: this server is stopping; reconnect\n\n$/);
  assert.doesNotMatch(reader.text, /event: ended/);
});
