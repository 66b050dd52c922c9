import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient } from '../../harness/people.ts';
import { openCall, stopCall } from '../classic/call.ts';
import { addCaller, addManyCalls } from './calls.ts';
import { addSignedIn, atBrowser, leadsTo } from './console.ts';

const app = await startApp();
const client = await addClassicClient(app, 'My <b>CRM</b>');
const ada = await addSignedIn(app, 'ada');
const anna = await addCaller(app, 'anna', { limit: 2, numbers: ['+447700900001'] }, client);
const bert = await addCaller(app, 'bert', { limit: 1 }, client);

const REASON = 'the line was forgotten';

async function figures(): Promise<(string | undefined)[]> {
  const { text } = await ada.open('/console');
  return [...text.matchAll(/<dd>([\d,]+)<\/dd>/g)].map(([, figure]) => figure);
}

const actsOn = (id: string) =>
  app.sql<{ actor: string; details: object }>(
    `SELECT actor, details FROM audit_log WHERE action = 'callEnded' AND subject = $1`,
    [id],
  );

test('without calls the board is empty', async () => {
  const { text } = await ada.open('/console');
  assert.match(text, /No calls right now/);
  assert.deepEqual(await figures(), ['0', '0', '0']);
});

test('the board shows who calls whom, through what and against which limit; those at it first', async () => {
  const connected = await openCall(app, anna);
  const other = await openCall(app, bert);
  assert.deepEqual(await figures(), ['2', '2', '1']);
  const { text } = await ada.open('/console');
  const [, first = '', second = ''] = text.split('<tbody');
  assert.match(first, /^[^>]* class="at-limit"/);
  assert.match(first, /href="\/console\/users\/bert">bert</);
  assert.match(first, /<meter [^>]*max="1"[^>]*value="1"[^>]*><\/meter> 1 of 1</);
  assert.match(first, />At the limit</);
  assert.match(first, />no number → \+447700900123</);
  assert.match(second, /href="\/console\/users\/anna">anna</);
  assert.match(second, /1 of 2</);
  assert.doesNotMatch(second, /At the limit/);
  assert.match(second, new RegExp(`href="/console/calls/${connected}">\\+447700900001 → \\+447700900123<`));
  assert.match(second, /My &#60;b&#62;CRM&#60;\/b&#62;/);
  assert.match(second, />Connected</);
  assert.match(second, /data-since="\d{4}-/);
  for (const [token, id] of [
    [anna, connected],
    [bert, other],
  ] as const)
    await stopCall(app, token, id);
});

test('users are in the order of their names, however those are spelled', async () => {
  for (const name of ['gustav', 'ﬁona', 'Emil']) {
    await openCall(app, await addCaller(app, name, { limit: 2 }, client));
  }
  const { text } = await ada.open('/console');
  const names = [...text.matchAll(/href="\/console\/users\/([^"/]+)"/g)].map(([, name = '']) => name);
  assert.deepEqual(names.map(decodeURIComponent), ['Emil', 'ﬁona', 'gustav']);
  await app.sql('DELETE FROM calls');
});

test('a user beyond a limit that was lowered is at the limit', async () => {
  const id = await openCall(app, bert);
  await app.sql(`UPDATE users SET max_ongoing_calls = 0 WHERE name = 'bert'`);
  const { text } = await ada.open('/console');
  assert.match(text, /<meter [^>]*max="1"[^>]*><\/meter> 1 of 0</);
  assert.match(text, /At the limit/);
  await app.sql(`UPDATE users SET max_ongoing_calls = 1 WHERE name = 'bert'`);
  await stopCall(app, bert, id);
});

test('five hundred calls are shown, with the number of the others', async () => {
  await addCaller(app, 'many', { limit: 10_000 }, client);
  await addManyCalls(app, 'many', 1_503);
  await openCall(app, anna);
  const { text } = await ada.open('/console');
  assert.equal(text.match(/<a id="call-/g)?.length, 500);
  assert.match(text, /And 1,004 more calls/);
  assert.match(text, /1503 of 10000/);
  assert.match(text, /1004 not shown/);
  assert.deepEqual(await figures(), ['1,504', '2', '0']);
  await app.sql(`DELETE FROM calls`);
});

suite('an administrator hangs up a call', () => {
  test('from a small page that asks why; the audit log keeps who and why', async () => {
    const id = await openCall(app, anna);
    const page = await ada.open(`/console/calls/${id}/end`);
    assert.equal(page.status, 200);
    assert.match(page.text, /<input id="reason" name="reason"[^>]* required/);
    assert.match(page.text, /\+447700900001 → \+447700900123/);
    const answer = await ada.send(`/console/calls/${id}/end`, { reason: `  ${REASON} ` });
    assert.equal(leadsTo(answer), '/console?done=ended');
    assert.match((await ada.open('/console?done=ended')).text, /role="status">The call has ended\.</);
    const [call] = await app.sql('SELECT state, ended_by FROM calls WHERE id = $1', [id]);
    assert.deepEqual(call, { state: 'disconnected', ended_by: 'administrator' });
    assert.deepEqual(await actsOn(id), [{ actor: 'administrator', details: { reason: REASON } }]);
  });

  for (const [what, reason] of [
    ['none', ''],
    ['only spaces', '   '],
    ['too long a one', `<i>${'x'.repeat(198)}`],
  ] as const) {
    test(`not without a reason: ${what}`, async () => {
      const id = await openCall(app, anna);
      const answer = await ada.send(`/console/calls/${id}/end`, { reason });
      assert.equal(answer.status, 400);
      assert.match(answer.text, /role="alert">Enter a reason of 1 to 200 characters\.</);
      assert.match(answer.text, /<nav aria-label="Console">/);
      assert.doesNotMatch(answer.text, /<i>/);
      if (reason.trim() !== '') assert.ok(answer.text.includes('x'.repeat(198)), 'what was typed stays');
      assert.deepEqual(await app.sql('SELECT ended_at FROM calls WHERE id = $1', [id]), [{ ended_at: null }]);
      await stopCall(app, anna, id);
    });
  }

  test('one that has ended is said to have ended, and stays as it is', async () => {
    const id = await openCall(app, anna);
    const opened = await ada.open(`/console/calls/${id}/end`);
    assert.match(opened.text, /name="reason"/);
    await stopCall(app, anna, id);
    assert.equal(
      leadsTo(await ada.send(`/console/calls/${id}/end`, { reason: REASON })),
      '/console?done=endedBefore',
    );
    assert.match((await ada.open('/console?done=endedBefore')).text, /had already ended/);
    const page = await ada.open(`/console/calls/${id}/end`);
    assert.match(page.text, /This call has already ended, at /);
    assert.doesNotMatch(page.text, /name="reason"/);
    assert.deepEqual(await actsOn(id), []);
  });

  test('one that never was is an error in the console’s frame', async () => {
    for (const answer of [
      await ada.open('/console/calls/unknown/end'),
      await ada.send('/console/calls/unknown/end', { reason: REASON }),
    ]) {
      assert.equal(answer.status, 404);
      assert.match(answer.text, /role="alert">There is no call/);
      assert.match(answer.text, /<nav aria-label="Console">/);
    }
  });

  test('never by another site’s form, nor without a session', async () => {
    const id = await openCall(app, anna);
    const path = `/console/calls/${id}/end`;
    const forged = await ada.browser.post(path, { reason: REASON }, { 'sec-fetch-site': 'cross-site' });
    assert.equal(forged.status, 403);
    assert.match(leadsTo(await atBrowser(app, 'ada').send(path, { reason: REASON })), /^\/console\/sign-in/);
    assert.deepEqual(await app.sql('SELECT ended_at FROM calls WHERE id = $1', [id]), [{ ended_at: null }]);
  });
});

test('nothing of an address becomes a notice', async () => {
  for (const done of ['<script>alert(1)</script>', 'toString', '__proto__', 'constructor']) {
    const { status, text } = await ada.open(`/console?${new URLSearchParams({ done })}`);
    assert.equal(status, 200);
    assert.doesNotMatch(text, /role="status"|alert\(1\)/);
  }
});
