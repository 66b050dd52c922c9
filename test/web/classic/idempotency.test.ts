import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { NUMBER, postCall, stopCall } from './call.ts';

const app = await startApp();
const client = await addClassicClient(app);
const LIMIT = 1000;
await addUser(app, 'anna', { limit: LIMIT });
await addUser(app, 'bert', { limit: LIMIT });
const token = await classicToken(app, client, 'anna');

const keyed = (key: string = randomUUID()) => ({ 'idempotency-key': key });
const OTHER_NUMBER = '+447700900124';

async function countCalls(): Promise<number> {
  const [row] = await app.sql<{ count: number }>('SELECT count(*)::integer AS count FROM calls');
  return row?.count ?? 0;
}

suite('a repeated POST /rest/call with the same Idempotency-Key', () => {
  test('gets the first answer, and opens no second call', async () => {
    const key = keyed();
    const first = await postCall(app, token, NUMBER, key);
    assert.equal(first.status, 201);
    assert.equal(first.headers.get('idempotent-replayed'), null);
    const before = await countCalls();
    const again = await postCall(app, token, NUMBER, key);
    assert.deepEqual([again.status, again.text, again.location], [201, '', first.location]);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.equal(again.headers.get('content-type'), first.headers.get('content-type'));
    assert.equal(await countCalls(), before);
  });

  test('opens one call when both are sent at once, as by a double click', async () => {
    const [key, before] = [keyed(), await countCalls()];
    const answers = await Promise.all(Array.from({ length: 5 }, () => postCall(app, token, NUMBER, key)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    assert.equal(new Set(answers.map(({ location }) => location)).size, 1);
    assert.equal(await countCalls(), before + 1);
  });

  test('is the same as a form and as JSON, and after the call has ended', async () => {
    const key = keyed();
    const first = await postCall(app, token, NUMBER, key);
    const id = new URL(first.location).searchParams.get('token_call') ?? '';
    assert.equal((await stopCall(app, token, id)).status, 200);
    const headers = { ...JSON_BODY, ...bearer(token), ...key };
    const again = await request(app, 'POST', '/rest/call', headers, JSON.stringify({ number: NUMBER }));
    assert.deepEqual([again.status, again.location], [201, first.location]);
  });

  test('for another number is 422, and opens nothing', async () => {
    const key = keyed();
    await postCall(app, token, NUMBER, key);
    const before = await countCalls();
    const other = await postCall(app, token, OTHER_NUMBER, key);
    assert.equal(other.status, 422, other.text);
    assert.equal(other.json()['error'], 'idempotency_key_reused');
    assert.equal(await countCalls(), before);
  });

  test('opens a call of its own for another user, and for another application', async () => {
    const key = keyed();
    const others = [
      await classicToken(app, client, 'bert'),
      await classicToken(app, await addClassicClient(app, 'Other'), 'anna'),
    ];
    const answers = await Promise.all([token, ...others].map((each) => postCall(app, each, NUMBER, key)));
    assert.equal(new Set(answers.map(({ location }) => location)).size, 3);
    for (const { headers } of answers) assert.equal(headers.get('idempotent-replayed'), null);
  });

  test('opens a new call after 24 hours', async () => {
    const key = keyed();
    const first = await postCall(app, token, NUMBER, key);
    await app.sql(
      `UPDATE idempotency_keys SET expires_at = expires_at - interval '24 hours' WHERE key = $1`,
      [key['idempotency-key']],
    );
    const later = await postCall(app, token, NUMBER, key);
    assert.notEqual(later.location, first.location);
  });
});

test('a refused request is not remembered: the same key opens the call later', async () => {
  const [key, limited] = [keyed(), await limitedToken(0)];
  assert.equal((await postCall(app, limited, NUMBER, key)).status, 409);
  await app.sql(`UPDATE users SET max_ongoing_calls = 1 WHERE name = 'limited'`);
  const opened = await postCall(app, limited, NUMBER, key);
  assert.deepEqual([opened.status, opened.headers.get('idempotent-replayed')], [201, null]);
});

for (const key of ['', 'with a space', 'x'.repeat(256), 'ü']) {
  test(`400 for the key "${key.slice(0, 12)}", and no call`, async () => {
    const before = await countCalls();
    const answer = await postCall(app, token, NUMBER, keyed(Buffer.from(key).toString('latin1')));
    assert.equal(answer.status, 400, answer.text);
    assert.deepEqual([answer.json()['error'], answer.json()['field']], ['invalid_input', 'Idempotency-Key']);
    assert.equal(await countCalls(), before);
  });
}

test('without the header, every request opens a call, and the answer has the headers it always had', async () => {
  const [first, second] = [await postCall(app, token), await postCall(app, token)];
  assert.notEqual(first.location, second.location);
  for (const { status, text, headers } of [first, second]) {
    assert.deepEqual([status, text], [201, '']);
    assert.equal(headers.get('content-type'), 'application/x-www-form-urlencoded');
    assert.equal(headers.get('idempotent-replayed'), null);
    assert.equal(headers.get('ratelimit'), null);
  }
});

async function limitedToken(limit: number): Promise<string> {
  await addUser(app, 'limited', { limit });
  return classicToken(app, client, 'limited');
}
