import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { StreamReader } from '../../core/events/stream-reader.ts';
import { startApp, startNode } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { openCall, stopCall } from '../classic/call.ts';
import { rowsOf, textOf, visitor } from './visitor.ts';

const app = await startApp();
const PAYLOAD = '<script>alert(1)</script>';
const client = await addClassicClient(app, `Phone book ${PAYLOAD}`);
let added = 0;

/** Somebody with a token for the application, and a browser in My account. */
async function addPerson(limit = 2) {
  const name = `person${++added}`;
  const numbers = ['+447700900001', '+447700900002'];
  await addUser(app, name, { limit, numbers, sipAddress: `sip:${name}@pbx.example.com` });
  return { name, token: await classicToken(app, client, name), browser: await visitor(app, name) };
}

test('shows the ongoing calls: who calls whom, through which application, since when', async () => {
  const { token, browser } = await addPerson();
  const id = await openCall(app, token);
  const page = await browser.get('/account');
  assert.equal(page.status, 200);
  const [row = [], ...others] = rowsOf(page);
  assert.equal(others.length, 0);
  assert.deepEqual(row.slice(0, 2), ['+44 7700 900123', '+44 7700 900001']);
  assert.match(row[2] ?? '', /^Phone book &#60;script&#62;/);
  assert.equal(row[3], 'Connected');
  const [{ created_at: since } = { created_at: new Date(0) }] = await app.sql<{ created_at: Date }>(
    'SELECT created_at FROM calls WHERE id = $1',
    [id],
  );
  assert.match(page.text, new RegExp(`data-since="${since.toISOString()}"`));
  assert.doesNotMatch(page.text, /<script>alert/);
});

test('shows the limit, its use, the user’s numbers and which phone rings', async () => {
  const { name, token, browser } = await addPerson(3);
  await openCall(app, token);
  const page = await browser.get('/account');
  assert.match(textOf(page), /1 of 3 simultaneous calls, across all applications/);
  assert.match(page.text, /<meter [^>]*min="0" max="3" value="1"/);
  assert.match(textOf(page), /\+44 7700 900001.*\+44 7700 900002/);
  assert.ok(textOf(page).includes(`your phone at sip:${name}@pbx.example.com rings first`), textOf(page));
});

test('hangs up an own call of any application, and records the user', async () => {
  const { name, token, browser } = await addPerson();
  const id = await openCall(app, token);
  const answer = await browser.post(`/account/calls/${id}/end`);
  assert.deepEqual([answer.status, answer.location], [303, `${app.url}/account?done=ended`]);
  const page = await browser.get(answer.location);
  assert.match(page.text, /role="status">The call has ended\./);
  assert.deepEqual(rowsOf(page), []);
  const [call] = await app.sql('SELECT state, reason, ended_by FROM calls WHERE id = $1', [id]);
  assert.deepEqual(call, { state: 'disconnected', reason: 'hangUp', ended_by: 'user' });
  const [{ id: userId } = { id: '' }] = await app.sql<{ id: string }>(
    'SELECT id FROM users WHERE name = $1',
    [name],
  );
  assert.deepEqual(
    await app.sql('SELECT actor, actor_user_id, action FROM audit_log WHERE subject = $1', [id]),
    [{ actor: 'user', actor_user_id: userId, action: 'callEnded' }],
  );

  assert.equal((await browser.post(`/account/calls/${id}/end`)).status, 303, 'once more changes nothing');
  assert.equal((await app.sql('SELECT 1 FROM audit_log WHERE subject = $1', [id])).length, 1);
});

test('neither shows nor hangs up another person’s call', async () => {
  const [anna, bert] = [await addPerson(), await addPerson()];
  const id = await openCall(app, anna.token);
  assert.deepEqual(rowsOf(await bert.browser.get('/account')), []);
  for (const unknown of [id, 'no-such-call']) {
    const answer = await bert.browser.post(`/account/calls/${unknown}/end`);
    assert.equal(answer.status, 404);
    assert.equal(answer.json()['error'], 'call_not_found');
  }
  const [call] = await app.sql('SELECT ended_at FROM calls WHERE id = $1', [id]);
  assert.deepEqual(call, { ended_at: null });
});

async function live(browser: Browser, url = app.url) {
  const abort = new AbortController();
  const response = await fetch(`${url}/account/live`, {
    headers: { cookie: browser.cookiesFor('/account/live') },
    signal: abort.signal,
  });
  return new StreamReader(response, abort);
}

/** The last fragment of a name. */
const shown = (reader: StreamReader, name: string) =>
  reader.events.findLast(({ event }) => event === name)?.data ?? '';

test('shows changes of calls live, from any node', async () => {
  const { token, browser } = await addPerson();
  const other = await startNode(app);
  const reader = await live(browser, other.url);
  assert.match(reader.response.headers.get('content-type') ?? '', /^text\/event-stream/);
  await until('an empty list', () => /No calls right now/.test(shown(reader, 'calls')));

  const id = await openCall(app, token);
  await until('the call', () => shown(reader, 'calls').includes(`/account/calls/${id}/end`), 2);
  assert.match(textOf({ text: shown(reader, 'usage') }), /1 of 2/);
  await stopCall(app, token, id);
  await until('its end', () => /No calls right now/.test(shown(reader, 'calls')), 2);
  reader.close();
});

test('shows no change of another user’s calls', async () => {
  const [anna, bert] = [await addPerson(), await addPerson()];
  const reader = await live(bert.browser);
  await until('a first look', () => reader.events.length === 2);
  await openCall(app, anna.token);
  await openCall(app, bert.token);
  await until('the own call', () => reader.events.length === 4);
  assert.match(textOf({ text: shown(reader, 'usage') }), /1 of 2/);
  reader.close();
});

for (const [what, end] of Object.entries({
  'the person signs out': ({ browser }) => browser.post('/sign-out'),
  'the person signs out everywhere': async ({ name }) =>
    (await visitor(app, name)).post('/account/security/sign-out-everywhere'),
  'the user is disabled': ({ name }) => app.users.setDisabled(name, true, COMMAND_LINE),
} satisfies Record<string, (person: Awaited<ReturnType<typeof addPerson>>) => Promise<unknown>>)) {
  test(`the live view ends with a message when ${what}`, async () => {
    const person = await addPerson();
    const reader = await live(person.browser);
    await until('a first look', () => reader.events.length === 2);
    await end(person);
    assert.equal(await reader.ended, 'end');
    assert.match(shown(reader, 'calls'), /You are signed out/);
    assert.equal(reader.events.at(-1)?.event, 'ended');
  });
}

test('a browser that is not signed in gets no live view', async () => {
  const reader = await live(new Browser(app.url));
  assert.equal(await reader.ended, 'end');
  assert.match(shown(reader, 'calls'), /You are signed out/);
  assert.equal(reader.events.length, 3);
});
