import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { addCaller, assertError, CALLS, openCall, send, tokenFor } from './call.ts';

const app = await startApp();
const client = await addModernClient(app);
const token = await tokenFor(app, client, await addCaller(app, 'anna'));

async function list(query: string): Promise<{ calls: object[]; nextPageToken?: string }> {
  return (await send(app, 'GET', `${CALLS}${query}`, token)).json();
}

test('a list without page_size has 100 calls, one with the largest 1000', async () => {
  const { callId } = await openCall(app, token);
  await app.sql(
    `INSERT INTO calls SELECT (jsonb_populate_record(c, jsonb_build_object('id', 'many' || n))).*
       FROM calls c, generate_series(1, 1000) n WHERE c.id = $1`,
    [callId],
  );
  assert.equal((await list('')).calls.length, 100);
  const { calls, nextPageToken } = await list('?page_size=1000');
  assert.deepEqual([calls.length, (await list(`?page_token=${nextPageToken}`)).calls.length], [1000, 1]);
});

suite('a parameter that is none is refused', () => {
  const queries: Readonly<Record<string, readonly [number, string, string]>> = {
    'page_size=0': [400, 'INVALID_ARGUMENT', 'page_size'],
    'page_size=1001': [400, 'INVALID_ARGUMENT', 'page_size'],
    'page_size=1.5': [400, 'INVALID_ARGUMENT', 'page_size'],
    'page_size=': [400, 'INVALID_ARGUMENT', 'page_size'],
    'page_size=1&page_size=2': [400, 'INVALID_ARGUMENT', 'page_size'],
    'page_token=': [400, 'INVALID_ARGUMENT', 'page_token'],
    'page_token=nonsense': [400, 'INVALID_ARGUMENT', 'page_token'],
    'state=over': [400, 'INVALID_ARGUMENT', 'state'],
    'ongoing=yes': [400, 'INVALID_ARGUMENT', 'ongoing'],
    'ongoing=': [400, 'INVALID_ARGUMENT', 'ongoing'],
    'from=yesterday': [400, 'INVALID_ARGUMENT', 'from'],
    'from=2024-02-30': [400, 'INVALID_ARGUMENT', 'from'],
    'to=1': [400, 'INVALID_ARGUMENT', 'to'],
    'to=2024-02-03T04:00:00+01:00': [400, 'INVALID_ARGUMENT', 'to'],
    'caller=447700900000': [422, 'INVALID_PHONE_NUMBER', 'caller'],
    'callee=%2B0': [422, 'INVALID_PHONE_NUMBER', 'callee'],
    'callee=+447700900123': [422, 'INVALID_PHONE_NUMBER', 'callee'],
    'user=bob': [400, 'INVALID_ARGUMENT', 'user'],
  };
  for (const [query, [status, code, field]] of Object.entries(queries)) {
    test(query, async () => {
      const answer = await send(app, 'GET', `${CALLS}?${query}`, token);
      assert.equal(assertError(answer, status, code)['field'], field);
    });
  }
});

test('a number whose + is not encoded, and so became a space, is refused with a word on how to write it', async () => {
  for (const name of ['caller', 'callee']) {
    const answer = await send(app, 'GET', `${CALLS}?${name}=+447700900123`, token);
    const { message } = assertError(answer, 422, 'INVALID_PHONE_NUMBER');
    const said = `${name} must be in E.164 form, such as +447700900123. In a URL or a form, write + as %2B.`;
    assert.equal(message, said);
  }
  const body = { caller: { number: '447700900000' }, callee: { number: '+447700900123' } };
  const inBody = assertError(await send(app, 'POST', CALLS, token, { body }), 422, 'INVALID_PHONE_NUMBER');
  assert.doesNotMatch(String(inBody['message']), /%2B/);
});
