import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addModernClient } from '../../harness/people.ts';
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

/** Showing and ending one call, and what its ids are. Which calls a token reaches is in test/web/opening. */

const app = await startApp();
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna');
const token = await tokenFor(app, client, anna);

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
    'with an encoded surrogate': 'a%ED%A0%80b',
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

/** All requests about one call. */
function each(presented: string, id: string): Promise<Answer[]> {
  const asked = [getCall, getRecording, renewCall, deleteCall];
  return Promise.all(asked.map((ask) => ask(app, presented, id)));
}
