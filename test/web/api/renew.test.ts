import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import {
  addCaller,
  assertProblem,
  callTo,
  deleteCall,
  getCall,
  openCall,
  renewCall,
  type ShownCall,
  tokenFor,
} from './call.ts';

const LEASE = 100;
const app = await startApp({ SESSION_LEASE: String(LEASE), CALL_TIME_LIMIT: '3600' });
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna');
const token = await tokenFor(app, client, anna);

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
  return (Date.parse(call.deadlineAt) - Date.now()) / 1000;
}

function assertAbout(seconds: number, expected: number): void {
  assert.ok(Math.abs(seconds - expected) < 3, `${seconds} s instead of ${expected} s`);
}

test('a call is given the lease when it is opened, and from now on each time it is renewed', async () => {
  const opened = await openCall(app, token);
  assertAbout(untilDeadline(opened), LEASE);
  await age(opened.id, 60);
  const answer = await renewCall(app, token, opened.id);
  assert.equal(answer.status, 200, answer.text);
  assertAbout(untilDeadline(answer.json<ShownCall>()), LEASE);
  assert.deepEqual(answer.json(), (await getCall(app, token, opened.id)).json());
  const [row] = await app.sql(
    `SELECT extract(epoch FROM deadline_at - now())::float AS left FROM calls WHERE id = $1`,
    [opened.id],
  );
  assertAbout(Number(row?.['left']), LEASE);
});

test('renewing does not extend a call past its time limit', async () => {
  const { id } = await openCall(app, token, callTo(undefined, { timeLimit: 120 }));
  await age(id, 60);
  assertAbout(untilDeadline((await renewCall(app, token, id)).json()), 60);
});

test('a time limit shorter than the lease comes first', async () => {
  assertAbout(untilDeadline(await openCall(app, token, callTo(undefined, { timeLimit: 10 }))), 10);
});

test('a call that is not renewed is ended by the sweeper; renewing it then is 409, and changes nothing', async () => {
  const { id } = await openCall(app, token);
  await age(id, LEASE);
  const ended = await until('it is swept', async () => {
    const call = (await getCall(app, token, id)).json<ShownCall>();
    return call.state === 'disconnected' && call;
  });
  assert.deepEqual([ended.reason, ended.endedBy], ['other', 'sweeper']);
  assertProblem(await renewCall(app, token, id), 409, 'call_ended');
  assert.deepEqual((await getCall(app, token, id)).json(), ended);
});

test('without a lease renewing leaves the time limit as it is', async () => {
  const plain = await startNode(app, { CALL_TIME_LIMIT: '3600' });
  const opened = await openCall(plain, token);
  assertAbout(untilDeadline(opened), 3600);
  await age(opened.id, 600);
  const answer = await renewCall(plain, token, opened.id);
  assertAbout(untilDeadline(answer.json()), 3000);
});

test('a call that a carrier holds is 422 call_not_renewable', async () => {
  const carried = await startNode(app, { CARRIER: 'simulator' });
  const opened = await openCall(carried, token, callTo('+12025550103'));
  assertProblem(await renewCall(app, token, opened.id), 422, 'call_not_renewable');
  await deleteCall(app, token, opened.id);
  assertProblem(await renewCall(app, token, opened.id), 409, 'call_ended');
});

suite('which calls a token renews', () => {
  test('a narrow one those of its client', async () => {
    const scope = 'click-to-dial:calls:create';
    const { id } = await openCall(app, await tokenFor(app, client, anna, scope));
    const another = await tokenFor(app, await addModernClient(app), anna, scope);
    assertProblem(await renewCall(app, another, id), 404, 'call_not_found');
    assert.equal((await renewCall(app, await tokenFor(app, client, anna, scope), id)).status, 200);
  });

  test('none of another user', async () => {
    const { id } = await openCall(app, token);
    const bobs = await tokenFor(app, client, await addCaller(app, 'bob'));
    assertProblem(await renewCall(app, bobs, id), 404, 'call_not_found');
  });
});
