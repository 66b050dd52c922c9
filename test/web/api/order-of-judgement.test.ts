import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import {
  addCaller,
  assertProblem,
  CALLER,
  CALLS,
  callTo,
  newCallee,
  openCall,
  postCall,
  send,
  tokenFor,
} from './call.ts';

/**
 * Where an idempotent replay comes among the faults of a request, and what is refused before the query. The order of the other
 * faults is the same in all APIs: test/web/opening/order-of-judgement.test.ts.
 */

const PREMIUM = '+449098790879';
const app = await startApp();
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna', { limit: 2 });
const token = await tokenFor(app, client, anna);
const creating = await tokenFor(app, client, anna, 'click-to-dial:calls:create');
const reading = await tokenFor(app, client, anna, 'click-to-dial:calls:read');

const key = { 'idempotency-key': randomUUID() };
const body = callTo();
await openCall(app, token, body, key);
const ongoing = newCallee();
await openCall(app, token, callTo(ongoing));
// The limit is reached.

const foreign = callTo(undefined, { caller: '+447700900555' });
const malformed = { ...body, unknown: true };

test('the token comes before the key and the query', async () => {
  for (const [presented, code] of [
    [undefined, 'token_missing'],
    ['unknown', 'token_invalid'],
  ] as const) {
    assertProblem(await postCall(app, presented, body, { 'idempotency-key': '' }), 401, code);
    for (const query of ['page_size=0', 'unknown=1'])
      assertProblem(await send(app, 'GET', `${CALLS}?${query}`, presented), 401, code);
  }
});

test('the scope comes before the key, the query and the replay', async () => {
  assertProblem(await postCall(app, reading, body, { 'idempotency-key': '' }), 403, 'scope_missing');
  assertProblem(await postCall(app, reading, body, key), 403, 'scope_missing');
  assertProblem(await send(app, 'GET', `${CALLS}?page_size=0`, creating), 403, 'scope_missing');
});

test('the form comes before the replay', async () => {
  for (const other of [malformed, callTo('12'), callTo(CALLER)])
    assert.equal((await postCall(app, token, other, key)).status, 400);
});

test('the replay comes before the caller, the policy, the duplicate and the limit', async () => {
  const again = await postCall(app, token, body, key);
  assert.deepEqual([again.status, again.headers.get('idempotent-replayed')], [201, 'true']);
  for (const other of [foreign, callTo(PREMIUM), callTo(ongoing), callTo()])
    assertProblem(await postCall(app, token, other, key), 422, 'idempotency_key_reused');
});
