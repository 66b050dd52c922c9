import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addModernClient } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import {
  addCaller,
  assertError,
  CALLS,
  callTo,
  deleteCall,
  getCall,
  openCall,
  type ShownCall,
  send,
  tokenFor,
} from './call.ts';

const LEASE = 100;
const app = await startApp({ SESSION_LEASE: String(LEASE), CALL_TIME_LIMIT: '3600' });
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna');
const token = await tokenFor(app, client, anna);

function renew(presented: string, id: string): Promise<Answer> {
  return send(app, 'POST', `${CALLS}/${id}/renew`, presented);
}

/** As if the call had begun so many seconds ago, and its deadline been given then. */
async function age(id: string, seconds: number): Promise<void> {
  await app.sql(
    `UPDATE calls SET created_at = created_at - $2 * interval '1 second', connected_at = connected_at - $2 * interval '1 second',
                      deadline_at = deadline_at - $2 * interval '1 second' WHERE id = $1`,
    [id, seconds],
  );
}

/** Seconds from now. */
function untilDeadline(call: ShownCall): number {
  return (Date.parse(String(call.clickToCall['deadline'])) - Date.now()) / 1000;
}

function assertAbout(seconds: number, expected: number): void {
  assert.ok(Math.abs(seconds - expected) < 3, `${seconds} s instead of ${expected} s`);
}

test('a call is given the lease when it is opened, and from now on each time it is renewed', async () => {
  const opened = await openCall(app, token);
  assertAbout(untilDeadline(opened), LEASE);
  await age(opened.callId, 60);
  const answer = await renew(token, opened.callId);
  assert.equal(answer.status, 200, answer.text);
  assertAbout(untilDeadline(answer.json<ShownCall>()), LEASE);
  assert.deepEqual(answer.json(), (await getCall(app, token, opened.callId)).json());
  const [row] = await app.sql(
    `SELECT extract(epoch FROM deadline_at - now())::float AS left FROM calls WHERE id = $1`,
    [opened.callId],
  );
  assertAbout(Number(row?.['left']), LEASE);
});

test('renewing does not extend a call past its time limit', async () => {
  const { callId } = await openCall(app, token, callTo(undefined, { clickToCall: { timeLimit: 120 } }));
  await age(callId, 60);
  assertAbout(untilDeadline((await renew(token, callId)).json()), 60);
});

test('a time limit shorter than the lease comes first', async () => {
  assertAbout(
    untilDeadline(await openCall(app, token, callTo(undefined, { clickToCall: { timeLimit: 10 } }))),
    10,
  );
});

test('a call that is not renewed is ended by the sweeper; renewing it then is 409, and changes nothing', async () => {
  const { callId } = await openCall(app, token);
  await age(callId, LEASE);
  const ended = await until('it is swept', async () => {
    const call = (await getCall(app, token, callId)).json<ShownCall>();
    return call.status === 'disconnected' && call;
  });
  assert.deepEqual([ended.clickToCall['reason'], ended.clickToCall['endedBy']], ['other', 'sweeper']);
  assertError(await renew(token, callId), 409, 'ALREADY_EXISTS');
  assert.deepEqual((await getCall(app, token, callId)).json(), ended);
});

test('without a lease renewing leaves the time limit as it is', async () => {
  const plain = await startNode(app, { CALL_TIME_LIMIT: '3600' });
  const opened = await openCall(plain, token);
  assertAbout(untilDeadline(opened), 3600);
  await age(opened.callId, 600);
  const answer = await send(plain, 'POST', `${CALLS}/${opened.callId}/renew`, token);
  assertAbout(untilDeadline(answer.json()), 3000);
});

test('a call that a carrier holds is 422 SERVICE_NOT_APPLICABLE', async () => {
  const carried = await startNode(app, { CARRIER: 'simulator' });
  const opened = await openCall(carried, token, callTo('+12025550103'));
  assertError(await renew(token, opened.callId), 422, 'SERVICE_NOT_APPLICABLE');
  await deleteCall(app, token, opened.callId);
  assertError(await renew(token, opened.callId), 409, 'ALREADY_EXISTS');
});

suite('which calls a token renews', () => {
  test('a narrow one those of its client', async () => {
    const scope = 'click-to-dial:calls:create';
    const { callId } = await openCall(app, await tokenFor(app, client, anna, scope));
    const another = await tokenFor(app, await addModernClient(app), anna, scope);
    assertError(await renew(another, callId), 404, 'NOT_FOUND');
    assert.equal((await renew(await tokenFor(app, client, anna, scope), callId)).status, 200);
  });

  test('none of another user', async () => {
    const { callId } = await openCall(app, token);
    const bobs = await tokenFor(app, client, await addCaller(app, 'bob'));
    assertError(await renew(bobs, callId), 404, 'NOT_FOUND');
  });
});
