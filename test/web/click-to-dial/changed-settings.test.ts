import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';

const app = await startApp({ RING_TIMEOUT: '60' });
const stricter = await startNode(app, { RING_TIMEOUT: '10' });
await addUser(app, 'anna', { numbers: ['+447700900001'] });
const token = await classicToken(app, await addClassicClient(app), 'anna');

test('a repeated request gets the first answer, also where the settings would refuse it now', async () => {
  const body = JSON.stringify({
    caller: { number: '+447700900001' },
    callee: { number: '+447700900123' },
    clickToCall: { ringTimeout: 30 },
  });
  const post = (node: typeof app, key: string) =>
    request(
      node,
      'POST',
      '/click-to-dial/v0.2/calls',
      { ...JSON_BODY, ...bearer(token), 'idempotency-key': key },
      body,
    );
  const first = await post(app, 'one');
  assert.equal(first.status, 201, first.text);
  const repeated = await post(stricter, 'one');
  assert.equal(repeated.status, 201, repeated.text);
  assert.equal(repeated.headers.get('idempotent-replayed'), 'true');
  assert.deepEqual(repeated.json(), first.json());
  const other = await post(stricter, 'two');
  assert.deepEqual([other.status, other.json()['code']], [400, 'OUT_OF_RANGE']);
});
