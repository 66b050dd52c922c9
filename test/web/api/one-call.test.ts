import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addClassicClient, addModernClient, classicToken } from '../../harness/people.ts';
import {
  addCaller,
  assertProblem,
  callTo,
  countCalls,
  deleteCall,
  getCall,
  getRecording,
  openCall,
  renewCall,
  type ShownCall,
  tokenFor,
} from './call.ts';

/** Showing and ending one call, and which calls a token reaches. */

const READ = 'click-to-dial:calls:read';
const DELETE = 'click-to-dial:calls:delete';
const app = await startApp();
const [client, otherClient] = [await addModernClient(app), await addModernClient(app)];
const [anna, bob] = [await addCaller(app, 'anna'), await addCaller(app, 'bob')];
const token = await tokenFor(app, client, anna);
const othersToken = await tokenFor(app, otherClient, anna);
const bobs = await tokenFor(app, client, bob);
const narrow = await tokenFor(app, client, anna, [READ, DELETE, 'click-to-dial:recordings:read'].join(' '));

async function stateOf(presented: string, id: string): Promise<string> {
  return (await getCall(app, presented, id)).json<ShownCall>().state;
}

test('a call is shown while it is ongoing and after it has ended', async () => {
  const own = { clientReference: 'r', metadata: { a: 'b' } };
  const opened = await openCall(app, token, callTo(undefined, own));
  await app.sql(
    `UPDATE calls SET created_at = created_at - interval '90 s', connected_at = connected_at - interval '90 s',
                      caller_answered_at = connected_at - interval '95 s' WHERE id = $1`,
    [opened.id],
  );
  const createdAt = new Date(Date.parse(String(opened.createdAt)) - 90_000).toISOString();
  const callerAnsweredAt = new Date(Date.parse(createdAt) - 5_000).toISOString();
  assert.deepEqual((await getCall(app, token, opened.id)).json(), {
    ...{ ...opened, createdAt, callerAnsweredAt, connectedAt: createdAt },
  });

  assert.equal((await deleteCall(app, token, opened.id)).status, 204);
  const ended = await getCall(app, token, opened.id);
  const { state, reason, endedBy, endedAt, duration, clientReference } = ended.json<ShownCall>();
  assert.deepEqual([state, reason, endedBy, clientReference], ['disconnected', 'hangUp', 'client', 'r']);
  assert.ok(Date.parse(String(endedAt)) >= Date.parse(String(opened.createdAt)));
  assert.ok([90, 91].includes(Number(duration)), String(duration));
  assert.equal((await getCall(app, token, opened.id)).text, ended.text);
});

test('DELETE ends the call once: one row, one event; again, it changes nothing and gets the same 204', async () => {
  const { id } = await openCall(app, token);
  const look = `SELECT state, reason, ended_by, ended_at,
                       (SELECT array_agg(state ORDER BY seq) FROM call_events WHERE call_id = c.id) AS events
                  FROM calls c WHERE id = $1`;
  const answer = await deleteCall(app, token, id);
  assert.deepEqual([answer.status, answer.text, answer.headers.get('content-type')], [204, '', null]);
  const [row] = await app.sql(look, [id]);
  assert.deepEqual(
    { ...row, ended_at: null },
    {
      ...{ state: 'disconnected', reason: 'hangUp', ended_by: 'client', ended_at: null },
      events: ['connected', 'disconnected'],
    },
  );
  assert.equal((await deleteCall(app, token, id)).status, 204);
  assert.deepEqual(await app.sql(look, [id]), [row]);
});

test('simultaneous requests to end a call all succeed, and one ends it', async () => {
  for (let round = 0; round < 10; round++) {
    const { id } = await openCall(app, token);
    const answers = await Promise.all(Array.from({ length: 6 }, () => deleteCall(app, token, id)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [204]);
    const events = await app.sql(`SELECT FROM call_events WHERE call_id = $1 AND state = 'disconnected'`, [
      id,
    ]);
    assert.equal(events.length, 1);
  }
});

suite('a narrow token', () => {
  test('sees and ends the calls that its client opened, also by another token', async () => {
    const { id } = await openCall(app, token);
    assert.equal((await getCall(app, narrow, id)).status, 200);
    assert.equal((await deleteCall(app, narrow, id)).status, 204);
    assert.equal((await deleteCall(app, narrow, id)).status, 204);
  });

  test('does not reach the user’s other calls, ongoing or ended: 404, and they do not change', async () => {
    const { id } = await openCall(app, othersToken);
    for (const answer of await each(narrow, id)) assertProblem(answer, 404, 'call_not_found');
    assert.equal(await stateOf(othersToken, id), 'connected');
    await deleteCall(app, othersToken, id);
    assertProblem(await deleteCall(app, narrow, id), 404, 'call_not_found');
  });
});

test('a token with scope call sees and ends the user’s calls of other clients, classic ones too', async () => {
  const classic = await classicToken(app, await addClassicClient(app), 'anna');
  for (const opener of [othersToken, classic]) {
    const { id } = await openCall(app, opener);
    assert.equal((await getCall(app, token, id)).status, 200);
    assert.equal((await deleteCall(app, token, id)).status, 204);
    assert.equal(await stateOf(opener, id), 'disconnected');
  }
});

test('another user’s call is 404 for every scope and the same client, and stays ongoing', async () => {
  const { id } = await openCall(app, bobs);
  for (const presented of [token, narrow, othersToken])
    for (const answer of await each(presented, id)) assertProblem(answer, 404, 'call_not_found');
  assert.equal(await stateOf(bobs, id), 'connected');
});

test('another user’s call and an unknown one get the same response', async () => {
  const { id } = await openCall(app, bobs);
  const unknown = '0'.repeat(32);
  const [theirs, none] = [await each(token, id), await each(token, unknown)];
  assert.deepEqual(
    theirs.map(({ text }) => text.replaceAll(id, unknown)),
    none.map(({ text }) => text),
  );
});

suite('an id', () => {
  const unknown = {
    'with a space': 'a%20b',
    'with a slash': 'a%2Fb',
    'with a letter beyond ASCII': 'caf%C3%A9',
    'with a quote': "a'b",
    'with SQL': "x'%20OR%20'1'='1",
    'of one character': 'a',
    'of 256 characters': 'a'.repeat(256),
  };
  for (const [what, id] of Object.entries(unknown)) {
    test(`${what} and of no call is 404`, async () => {
      const before = await countCalls(app);
      for (const answer of await each(token, id)) assertProblem(answer, 404, 'call_not_found');
      assert.equal(await countCalls(app), before);
    });
  }

  const malformed = {
    'with a zero byte': 'a%00b',
    'that cannot be decoded': '%zz',
    'of 257 characters': 'a'.repeat(257),
    'of 5000 characters': 'a'.repeat(5000),
  };
  for (const [what, id] of Object.entries(malformed)) {
    test(`${what} is 400`, async () => {
      for (const answer of await each(token, id)) assertProblem(answer, 400, 'invalid_input');
    });
  }
});

/** All requests about one call that the token's scope allows. */
function each(presented: string, id: string): Promise<Answer[]> {
  const renewed = presented === narrow ? [] : [renewCall(app, presented, id)];
  return Promise.all([
    getCall(app, presented, id),
    getRecording(app, presented, id),
    ...renewed,
    deleteCall(app, presented, id),
  ]);
}
