import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import {
  addCaller,
  assertError,
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
    const [body, key] = [callTo(undefined, { clickToCall: { metadata: { a: 'b' } } }), keyed()];
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
    await deleteCall(app, token, first.json<ShownCall>().callId);
    const again = await postCall(app, token, body, key);
    assert.deepEqual([again.status, again.text], [201, first.text]);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
  });

  test('is the same however it is written down', async () => {
    const callee = newCallee();
    const key = keyed();
    const first = await openCall(app, token, { caller: { number: CALLER }, callee: { number: callee } }, key);
    const again = await openCall(app, token, { callee: { number: callee }, caller: { number: CALLER } }, key);
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
      callTo(callee, { clickToCall: {} }),
    ])
      assertError(await postCall(app, token, other, key), 422, 'IDEMPOTENCY_KEY_REUSED');
    assert.equal(await countCalls(app), before);
  });

  test('is replayed even after the token of its sink has expired', async () => {
    const expiry = new Date(Date.now() + 1500);
    const sinkCredential = {
      ...{ credentialType: 'ACCESSTOKEN', accessToken: 'x', accessTokenType: 'bearer' },
      accessTokenExpiresUtc: expiry.toISOString(),
    };
    const body = callTo(undefined, { sink: 'https://sink.example/events', sinkCredential });
    const key = keyed();
    const first = await openCall(app, token, body, key);
    await until('the token expires', () => Date.now() > expiry.getTime());
    assert.deepEqual(await openCall(app, token, body, key), first);
    assertError(await postCall(app, token, body, keyed()), 400, 'INVALID_CREDENTIAL');
  });
});

suite('a key', () => {
  test('holds for its client and its user alone', async () => {
    const [body, key] = [callTo(), keyed()];
    const { callId } = await openCall(app, token, body, key);
    const otherClient = await tokenFor(app, await addModernClient(app), anna);
    const otherUser = await tokenFor(app, client, await addCaller(app, 'bob'));
    const bobs = await openCall(app, otherUser, body, key);
    assertError(await postCall(app, otherClient, body, key), 409, 'ALREADY_EXISTS');
    assert.notEqual(bobs.callId, callId);
  });

  test('holds for another token of the same client and user', async () => {
    const [body, key] = [callTo(), keyed()];
    const first = await openCall(app, token, body, key);
    assert.deepEqual(await openCall(app, await tokenFor(app, client, anna), body, key), first);
  });

  test('is kept for 24 hours', async () => {
    const [body, key] = [callTo(), keyed()];
    const { callId } = await openCall(app, token, body, key);
    const pass = (time: string) =>
      app.sql(`UPDATE idempotency_keys SET expires_at = expires_at - $2::interval WHERE key = $1`, [
        key['idempotency-key'],
        time,
      ]);
    await pass('23 hours 59 minutes');
    assert.equal((await openCall(app, token, body, key)).callId, callId);
    await pass('1 minute');
    assertError(await postCall(app, token, body, key), 409, 'ALREADY_EXISTS');
    await deleteCall(app, token, callId);
    const later = await openCall(app, token, body, key);
    assert.notEqual(later.callId, callId);
    assert.deepEqual(await openCall(app, token, body, key), later);
  });

  test('of a request that was refused is not used up: nothing was opened', async () => {
    const [callee, key] = [newCallee(), keyed()];
    const first = await openCall(app, token, callTo(callee));
    assertError(await postCall(app, token, callTo(callee), key), 409, 'ALREADY_EXISTS');
    assertError(await postCall(app, token, callTo(CALLER), key), 422, 'SAME_CALLER_CALLEE');
    await deleteCall(app, token, first.callId);
    assert.notEqual((await openCall(app, token, callTo(callee), key)).callId, first.callId);
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
      assert.equal(assertError(answer, 400, 'INVALID_ARGUMENT')['field'], 'Idempotency-Key');
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
