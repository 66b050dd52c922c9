import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import {
  addCaller,
  assertProblem,
  CALLER,
  callTo,
  countCalls,
  deleteCall,
  endAllCalls,
  newCallee,
  openCall,
  postCall,
  type ShownCall,
  tokenFor,
} from './call.ts';

const app = await startApp();
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna');
const token = await tokenFor(app, client, anna);

const keyed = (key: string = randomUUID()) => ({ 'idempotency-key': key });

suite('a repeated request', () => {
  test('gets the first answer, and opens no call: 201, the same body and address, Idempotent-Replayed', async () => {
    const [body, key] = [callTo(undefined, { metadata: { a: 'b' } }), keyed()];
    const first = await postCall(app, token, body, key);
    assert.equal(first.headers.get('idempotent-replayed'), null);
    const before = await countCalls(app);
    const again = await postCall(app, token, body, key);
    assert.equal(again.status, 201);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.equal(again.text, first.text);
    for (const name of ['location', 'ratelimit', 'ratelimit-policy', 'content-type'])
      assert.equal(again.headers.get(name), first.headers.get(name), name);
    assert.equal(await countCalls(app), before);
  });

  test('gets the first response even after the call has ended', async () => {
    const [body, key] = [callTo(), keyed()];
    const first = await postCall(app, token, body, key);
    await deleteCall(app, token, first.json<ShownCall>().id);
    const again = await postCall(app, token, body, key);
    assert.deepEqual([again.status, again.text], [201, first.text]);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
  });

  test('is the same however it is written down', async () => {
    const callee = newCallee();
    const key = keyed();
    const first = await openCall(app, token, { caller: CALLER, callee }, key);
    const again = await openCall(app, token, { callee, caller: CALLER }, key);
    assert.deepEqual(again, first);
  });

  test('has the same key as text and as a structured field’s string', async () => {
    const [body, key] = [callTo(), randomUUID()];
    const first = await openCall(app, token, body, keyed(key));
    assert.deepEqual(await openCall(app, token, body, keyed(`"${key}"`)), first);
  });

  test('with another body is 422', async () => {
    const [callee, key] = [newCallee(), keyed()];
    await openCall(app, token, callTo(callee), key);
    const before = await countCalls(app);
    for (const other of [
      callTo(),
      callTo(callee, { recordingEnabled: false }),
      callTo(callee, { metadata: {} }),
    ])
      assertProblem(await postCall(app, token, other, key), 422, 'idempotency_key_reused');
    assert.equal(await countCalls(app), before);
  });
});

suite('a key', () => {
  test('holds for its client and its user alone', async () => {
    const [body, key] = [callTo(), keyed()];
    const { id } = await openCall(app, token, body, key);
    const otherClient = await tokenFor(app, await addModernClient(app), anna);
    const otherUser = await tokenFor(app, client, await addCaller(app, 'bob'));
    const bobs = await openCall(app, otherUser, body, key);
    assertProblem(await postCall(app, otherClient, body, key), 409, 'call_already_ongoing');
    assert.notEqual(bobs.id, id);
  });

  test('holds for another token of the same client and user', async () => {
    const [body, key] = [callTo(), keyed()];
    const first = await openCall(app, token, body, key);
    assert.deepEqual(await openCall(app, await tokenFor(app, client, anna), body, key), first);
  });

  test('is kept for 24 hours', async () => {
    const [body, key] = [callTo(), keyed()];
    const { id } = await openCall(app, token, body, key);
    const pass = (time: string) =>
      app.sql(`UPDATE idempotency_keys SET expires_at = expires_at - $2::interval WHERE key = $1`, [
        key['idempotency-key'],
        time,
      ]);
    await pass('23 hours 59 minutes');
    assert.equal((await openCall(app, token, body, key)).id, id);
    await pass('1 minute');
    assertProblem(await postCall(app, token, body, key), 409, 'call_already_ongoing');
    await deleteCall(app, token, id);
    const later = await openCall(app, token, body, key);
    assert.notEqual(later.id, id);
    assert.deepEqual(await openCall(app, token, body, key), later);
  });

  test('of a request that was refused is not used up: nothing was opened', async () => {
    const [callee, key] = [newCallee(), keyed()];
    const first = await openCall(app, token, callTo(callee));
    assertProblem(await postCall(app, token, callTo(callee), key), 409, 'call_already_ongoing');
    assertProblem(await postCall(app, token, callTo(CALLER), key), 400, 'same_caller_and_callee');
    await deleteCall(app, token, first.id);
    assert.notEqual((await openCall(app, token, callTo(callee), key)).id, first.id);
  });

  for (const [what, key] of Object.entries({
    empty: '',
    'with a space': 'a b',
    'too long': 'k'.repeat(256),
    'empty, as a string': '""',
  })) {
    test(`${what} is refused`, async () => {
      const before = await countCalls(app);
      const answer = await postCall(app, token, callTo(), keyed(key));
      assert.equal(assertProblem(answer, 400, 'invalid_input')['field'], 'Idempotency-Key');
      assert.equal(await countCalls(app), before);
    });
  }

  test('of 255 characters is taken', async () => {
    await openCall(app, token, callTo(), keyed('k'.repeat(255)));
  });
});

test('a repeated request is no second call when the limit is reached, and shows what is left', async () => {
  const tight = await tokenFor(app, client, await addCaller(app, 'tight', { limit: 1 }));
  const [body, key] = [callTo(), keyed()];
  const first = await openCall(app, tight, body, key);
  const again = await postCall(app, tight, body, key);
  assert.deepEqual(again.json(), first);
  assert.equal(again.headers.get('ratelimit-policy'), '"user-calls";q=1;qu="concurrent-requests"');
  assert.equal(again.headers.get('ratelimit'), '"user-calls";r=0');
  await endAllCalls(app);
});
