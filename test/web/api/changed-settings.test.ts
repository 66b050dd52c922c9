import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { addCaller, assertProblem, callTo, postCall, tokenFor } from './call.ts';

const app = await startApp({ RING_TIMEOUT: '60' });
const stricter = await startNode(app, { RING_TIMEOUT: '10' });
const token = await tokenFor(app, await addModernClient(app), await addCaller(app, 'anna'));

test('a repeated request gets the first answer, also where the settings would refuse it now', async () => {
  const body = callTo(undefined, { ringTimeout: 30 });
  const post = (node: typeof app, key: string) => postCall(node, token, body, { 'idempotency-key': key });
  const first = await post(app, 'one');
  assert.equal(first.status, 201, first.text);
  const repeated = await post(stricter, 'one');
  assert.equal(repeated.status, 201, repeated.text);
  assert.equal(repeated.headers.get('idempotent-replayed'), 'true');
  assert.deepEqual(repeated.json(), first.json());
  const { field } = assertProblem(await post(stricter, 'two'), 400, 'invalid_input');
  assert.equal(field, 'ringTimeout');
});
