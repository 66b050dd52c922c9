import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { addCaller, assertProblem, CALLS, callTo, openCall, send, tokenFor } from './call.ts';

const app = await startApp();
const client = await addModernClient(app);
const token = await tokenFor(app, client, await addCaller(app, 'anna'));

async function list(query: string): Promise<{ calls: object[]; nextPageToken?: string }> {
  return (await send(app, 'GET', `${CALLS}${query}`, token)).json();
}

test('a list without page_size has 100 calls, one with the largest 1000', async () => {
  const { id } = await openCall(app, token);
  await app.sql(
    `INSERT INTO calls SELECT (jsonb_populate_record(c, jsonb_build_object('id', 'many' || n))).*
       FROM calls c, generate_series(1, 1000) n WHERE c.id = $1`,
    [id],
  );
  assert.equal((await list('')).calls.length, 100);
  const { calls, nextPageToken } = await list('?page_size=1000');
  assert.deepEqual([calls.length, (await list(`?page_token=${nextPageToken}`)).calls.length], [1000, 1]);
});

suite('an invalid parameter is refused, and the error names it', () => {
  const queries: Readonly<Record<string, string>> = {
    'page_size=0': 'page_size',
    'page_size=1001': 'page_size',
    'page_size=1.5': 'page_size',
    'page_size=': 'page_size',
    'page_size=1&page_size=2': 'page_size',
    'page_token=': 'page_token',
    'page_token=nonsense': 'page_token',
    'state=over': 'state',
    'ongoing=yes': 'ongoing',
    'ongoing=': 'ongoing',
    'from=yesterday': 'from',
    'from=2024-02-30': 'from',
    'to=1': 'to',
    'to=2024-02-03T04:00:00+01:00': 'to',
    'caller=447700900000': 'caller',
    'callee=%2B0': 'callee',
    'callee=+447700900123': 'callee',
    'user=bob': 'user',
  };
  for (const [query, field] of Object.entries(queries)) {
    test(query, async () => {
      const answer = await send(app, 'GET', `${CALLS}?${query}`, token);
      assert.equal(assertProblem(answer, 400, 'invalid_input')['field'], field);
    });
  }
});

test('a number whose + is not encoded, and so became a space, is refused with a word on how to write it', async () => {
  for (const name of ['caller', 'callee']) {
    const answer = await send(app, 'GET', `${CALLS}?${name}=+447700900123`, token);
    const { detail } = assertProblem(answer, 400, 'invalid_input');
    assert.match(
      String(detail),
      new RegExp(`^${name} must begin with \\+ .* In a URL or a form, write \\+ as %2B\\.$`),
    );
  }
  const body = { callee: '447700900123' };
  const inBody = assertProblem(await send(app, 'POST', CALLS, token, { body }), 400, 'invalid_input');
  assert.doesNotMatch(String(inBody['detail']), /%2B/);
});

test('a number may be written as it is dialled', async () => {
  const british = await startNode(app, { DEFAULT_COUNTRY: 'GB' });
  const bobs = await tokenFor(app, client, await addCaller(app, 'bob'));
  const { id } = await openCall(app, bobs, callTo('+447700900123'));
  for (const callee of ['07700 900123', '+44 (0)7700 900123']) {
    const answer = await send(british, 'GET', `${CALLS}?callee=${encodeURIComponent(callee)}`, bobs);
    assert.deepEqual(
      answer.json<{ calls: { id: string }[] }>().calls.map((call) => call.id),
      [id],
    );
  }
});
