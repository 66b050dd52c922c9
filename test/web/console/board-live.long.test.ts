import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import { createTestClock } from '../../harness/test-clock.ts';
import { until } from '../../harness/until.ts';
import { openCall } from '../classic/call.ts';
import { addCaller } from './calls.ts';
import { type Administrator, addSignedIn, atBrowser, letTimePass, signIn } from './console.ts';
import { addTotp } from './second-factors.ts';

const app = await startApp();
const anna = await addCaller(app, 'anna', { limit: 50 });

/** Reads the live board as the page's script does, and keeps all there was. */
async function watch(administrator: Administrator, url = app.url) {
  const cookies = (await signIn(administrator)).headers.getSetCookie();
  const cookie = cookies.find((each) => each.startsWith('clicktocall_console=')) ?? '';
  const abort = new AbortController();
  const response = await fetch(`${url}/console/live`, {
    headers: { cookie: cookie.split(';')[0] ?? '' },
    signal: abort.signal,
  });
  const reader = { response, text: '', over: false, stop: () => abort.abort() };
  void (async () => {
    for await (const chunk of response.body ?? []) reader.text += Buffer.from(chunk).toString();
  })()
    .catch(() => {})
    .finally(() => {
      reader.over = true;
    });
  return reader;
}

const awaitText = (reader: { text: string }, pattern: RegExp) =>
  until(`${pattern} in the live board`, () => pattern.test(reader.text));

test('the live board shows a call that is placed, and that it ends, at every administrator’s on every node', async () => {
  const node = await startNode(app);
  const [ada, eve] = [await addSignedIn(app, 'ada'), await addSignedIn(app, 'eve')];
  const readers = [await watch(ada), await watch(eve, node.url)];
  for (const reader of readers) {
    assert.match(reader.response.headers.get('content-type') ?? '', /^text\/event-stream/);
    await awaitText(reader, /event: calls\ndata: <p class="empty">/);
  }
  const id = await openCall(app, anna);
  for (const reader of readers) await awaitText(reader, new RegExp(`/console/calls/${id}/end`));
  const before = readers.map(({ text }) => text.length);
  await ada.send(`/console/calls/${id}/end`, { reason: 'enough' });
  for (const [index, reader] of readers.entries())
    await until('it is gone', () => reader.text.slice(before[index]).includes('class="empty"'));
  for (const reader of readers) reader.stop();
});

test('many changes are a few looks, and the last of them is seen', async () => {
  const reader = await watch(await addSignedIn(app, 'busy'));
  await awaitText(reader, /event: calls/);
  const before = reader.text.match(/event: calls/g)?.length ?? 0;
  const ids = [];
  const started = performance.now();
  for (let count = 0; count < 30; count++) ids.push(await openCall(app, anna, `+4477009001${10 + count}`));
  await awaitText(reader, new RegExp(`/console/calls/${ids.at(-1)}/end`));
  const looks = (reader.text.match(/event: calls/g)?.length ?? 0) - before;
  // At most one a second, however long the machine takes to open the calls.
  const maximum = Math.min(29, 3 + (performance.now() - started) / 1000);
  assert.ok(looks <= maximum, `${looks} looks where ${maximum} are enough`);
  reader.stop();
});

test('the live board ends with the session', async () => {
  const reader = await watch(await addSignedIn(app, 'leaving'));
  await awaitText(reader, /event: calls/);
  await app.sql(`DELETE FROM console_sessions USING users u WHERE u.id = user_id AND u.name = 'leaving'`);
  await until('the end', () => reader.over);
  assert.match(
    reader.text,
    /event: calls\ndata: <p class="notice problem"[^\n]*signed out of the console[\s\S]*event: ended\n/,
  );
});

test('the live board stays open when its session gets a new token', async () => {
  const clock = createTestClock(new Date());
  const renewing = await addSignedIn(app, 'renewing');
  const reader = await watch(renewing);
  await awaitText(reader, /event: calls/);
  const before = renewing.browser.cookiesFor('/');
  await addTotp(renewing, clock);
  assert.notEqual(renewing.browser.cookiesFor('/'), before);
  assert.equal((await renewing.open('/console')).status, 200);
  await app.sql(`UPDATE console_sessions SET former_until = now() WHERE former_hash IS NOT NULL`);
  const id = await openCall(app, anna);
  await awaitText(reader, new RegExp(`/console/calls/${id}/end`));
  assert.doesNotMatch(reader.text, /event: ended/);
  reader.stop();
});

test('to have the board open keeps no idle session alive', async () => {
  const idle = await addSignedIn(app, 'idle');
  const reader = await watch(idle);
  await awaitText(reader, /event: calls/);
  await letTimePass(app, 'idle', '31 minutes');
  await until('the end', () => reader.over);
  assert.match(reader.text, /event: ended/);
});

test('without a session the live board ends with a message', async () => {
  const { status, text } = await atBrowser(app, 'nobody').open('/console/live');
  assert.equal(status, 200);
  assert.match(text, /signed out of the console[\s\S]*event: ended/);
  assert.doesNotMatch(text, /\+447700|Ongoing calls by user/);
});
