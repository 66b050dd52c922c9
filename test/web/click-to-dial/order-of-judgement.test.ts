import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient, bearer } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import {
  addCaller,
  assertError,
  CALLER,
  CALLS,
  callTo,
  newCallee,
  openCall,
  postCall,
  tokenFor,
} from './call.ts';

/**
 * What is wrong with a request in more than one way is refused for the first of: token, scope, form, idempotent replay,
 * caller, policy, duplicate, limit, bounds on calls that cost.
 */

const PREMIUM = '+449098790879';
const FOREIGN = '+447700900555';
const app = await startApp();
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna', { limit: 2, numbers: [CALLER, PREMIUM] });
const token = await tokenFor(app, client, anna);
const reading = await tokenFor(app, client, anna, 'click-to-dial:calls:read');

const key = { 'idempotency-key': randomUUID() };
const keyedBody = callTo();
await openCall(app, token, keyedBody, key);
const ongoing = newCallee();
await openCall(app, token, callTo(ongoing));
// From here on the limit is reached.

const from = (number: string, callee?: string) => callTo(callee, { caller: { number } });
const malformed = { ...keyedBody, unknown: true };

test('the token is checked before the scope: a request without a token does not learn the scope', async () => {
  assertError(await postCall(app, undefined, keyedBody), 401, 'UNAUTHENTICATED');
  assertError(await postCall(app, 'unknown', keyedBody), 401, 'UNAUTHENTICATED');
});

test('the token comes before the form, in the body, the path, the query and the headers', async () => {
  for (const presented of [undefined, 'unknown']) {
    assertError(await postCall(app, presented, malformed), 401, 'UNAUTHENTICATED');
    assertError(await postCall(app, presented, callTo('12')), 401, 'UNAUTHENTICATED');
    assertError(await postCall(app, presented, callTo(CALLER)), 401, 'UNAUTHENTICATED');
    assertError(await postCall(app, presented, keyedBody, { 'x-correlator': 'a b' }), 401, 'UNAUTHENTICATED');
    assertError(await postCall(app, presented, keyedBody, { 'idempotency-key': '' }), 401, 'UNAUTHENTICATED');
    const headers = { ...(presented && bearer(presented)) };
    for (const path of [`${CALLS}/a%20b`, `${CALLS}?page_size=0`, `${CALLS}?unknown=1`])
      assertError(await request(app, 'GET', path, headers), 401, 'UNAUTHENTICATED');
    const cut = await request(app, 'POST', CALLS, { ...headers, ...JSON_BODY }, '{"caller"');
    assertError(cut, 401, 'UNAUTHENTICATED');
  }
});

test('the scope comes before the form', async () => {
  assertError(await postCall(app, reading, malformed), 403, 'PERMISSION_DENIED');
  assertError(await postCall(app, reading, callTo('12')), 403, 'PERMISSION_DENIED');
  assertError(await postCall(app, reading, callTo(CALLER)), 403, 'PERMISSION_DENIED');
  const recording = { recordingEnabled: true };
  assertError(await postCall(app, reading, callTo(undefined, recording)), 403, 'PERMISSION_DENIED');
});

test('the scope comes before the replay, the caller, the policy, the duplicate and the limit', async () => {
  assertError(await postCall(app, reading, keyedBody, key), 403, 'PERMISSION_DENIED');
  for (const body of [from(FOREIGN), callTo(PREMIUM), callTo(ongoing), callTo()])
    assertError(await postCall(app, reading, body), 403, 'PERMISSION_DENIED');
});

test('the form comes before the replay', async () => {
  assertError(await postCall(app, token, malformed, key), 400, 'INVALID_ARGUMENT');
  assertError(await postCall(app, token, callTo('12'), key), 422, 'INVALID_PHONE_NUMBER');
});

test('the replay comes before the caller, the policy, the duplicate and the limit', async () => {
  const again = await postCall(app, token, keyedBody, key);
  assert.deepEqual([again.status, again.headers.get('idempotent-replayed')], [201, 'true']);
  for (const other of [from(FOREIGN), callTo(PREMIUM), callTo(ongoing), callTo()])
    assertError(await postCall(app, token, other, key), 422, 'IDEMPOTENCY_KEY_REUSED');
});

test('the caller comes before the policy, on either side', async () => {
  assertError(await postCall(app, token, from(FOREIGN, PREMIUM)), 403, 'INVALID_TOKEN_CONTEXT');
  const foreignPremium = '+449098790870';
  assertError(await postCall(app, token, from(foreignPremium)), 403, 'INVALID_TOKEN_CONTEXT');
});

test('the caller comes before the duplicate and the limit', async () => {
  assertError(await postCall(app, token, from(FOREIGN, ongoing)), 403, 'INVALID_TOKEN_CONTEXT');
});

test('of the policy’s two refusals the caller’s comes first', async () => {
  const both = from(PREMIUM, '+449098790870');
  assertError(await postCall(app, token, both), 422, 'CALLER_NOT_AVAILABLE');
});

test('the policy comes before the duplicate and the limit', async () => {
  await app.sql('UPDATE calls SET callee = $2 WHERE callee = $1', [ongoing, PREMIUM]);
  assertError(await postCall(app, token, callTo(PREMIUM)), 422, 'CALLEE_NOT_AVAILABLE');
  await app.sql('UPDATE calls SET callee = $1 WHERE callee = $2', [ongoing, PREMIUM]);
});

test('the duplicate comes before the limit', async () => {
  assertError(await postCall(app, token, callTo(ongoing)), 409, 'ALREADY_EXISTS');
});

test('the limit comes last', async () => {
  assertError(await postCall(app, token, callTo()), 429, 'QUOTA_EXCEEDED');
});
