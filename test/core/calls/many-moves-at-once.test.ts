import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { createCallMover } from '../../../src/core/calls/call-mover.ts';
import type { Progress } from '../../../src/core/calls/transition-store.ts';
import { startApp } from '../../harness/app.ts';
import { waitsOrEnds } from '../../harness/lock-wait.ts';
import { eventsOf, inWords } from './lives.ts';
import { connect, insertCalls, insertUser } from './rows.ts';
import { watchStatements } from './watch-statements.ts';

const app = await startApp();

const CONNECTED: Progress = { state: 'connected' };
const BUSY: Progress = {
  state: 'disconnected',
  reason: 'calleeBusy',
  cause: { leg: 'callee', sipStatus: 486, q850Cause: null, text: 'Busy Here' },
};

interface Ringing {
  readonly userId: string;
  readonly id: string;
}

async function addCall(): Promise<Ringing> {
  const userId = await insertUser(app, randomUUID());
  const [id = ''] = await insertCalls(app, userId, 1, { state: 'callingCallee', carrier: 'simulator' });
  return { userId, id };
}

const addCalls = (count: number) => Promise.all(Array.from({ length: count }, addCall));
const request = ({ id }: { readonly id: string }, progress: Progress = CONNECTED) => ({
  id,
  progress,
  endedBy: 'reason' in progress ? ('carrier' as const) : null,
  nodeId: null,
});
const lifeOf = async (id: string) => (await eventsOf(app, id)).map(inWords);

suite('transitions that arrive together', () => {
  test('share statements, and each changes its own call', async () => {
    const { database, statements } = watchStatements(app.database);
    const move = createCallMover(database);
    const calls = await addCalls(40);
    const changes = await Promise.all(
      calls.map((call, index) => move(request(call, index % 2 === 0 ? CONNECTED : BUSY))),
    );
    assert.deepEqual(
      changes.map((change) => change && [change.callId, change.userId, change.state, change.reason]),
      calls.map(({ id, userId }, index) =>
        index % 2 === 0 ? [id, userId, 'connected', null] : [id, userId, 'disconnected', 'calleeBusy'],
      ),
    );
    assert.ok(statements() < 10, `${statements()}`);
    assert.deepEqual(await lifeOf(calls[0]?.id ?? ''), ['callingCallee', 'connected']);
    assert.deepEqual(await lifeOf(calls[1]?.id ?? ''), [
      'callingCallee',
      'disconnected: calleeBusy, by carrier',
    ]);
    const [row] = await app.sql('SELECT cause_leg, sip_status, cause_text FROM calls WHERE id = $1', [
      calls[1]?.id,
    ]);
    assert.deepEqual(row, { cause_leg: 'callee', sip_status: 486, cause_text: 'Busy Here' });
  });

  test('that are alike keep their own causes', async () => {
    const move = createCallMover(app.database);
    const calls = await addCalls(5);
    const texts = calls.map((_, index) => `Busy ${index}`);
    const requests = calls.map((call, index) =>
      request(call, {
        ...BUSY,
        cause: { leg: 'callee', sipStatus: 486, q850Cause: 17, text: texts[index] ?? null },
      }),
    );
    await Promise.all(requests.map(move));
    const rows = await app.sql<{ id: string; text: string }>(
      'SELECT id, cause_text AS text FROM calls WHERE id = ANY ($1)',
      [calls.map(({ id }) => id)],
    );
    const textOf = new Map(rows.map(({ id, text }) => [id, text]));
    assert.deepEqual(
      calls.map(({ id }) => textOf.get(id)),
      texts,
    );
  });

  test('get their own answers, even if some change nothing', async () => {
    const move = createCallMover(app.database);
    const [over, held, ringing] = (await addCalls(3)) as [Ringing, Ringing, Ringing];
    await move(request(over, BUSY));
    await app.sql('UPDATE calls SET node_id = gen_random_uuid() WHERE id = $1', [held.id]);
    const changes = await Promise.all([
      move(request(over)),
      move({ ...request(held), nodeId: randomUUID() }),
      move(request({ id: 'no such call' })),
      move(request(ringing)),
    ]);
    assert.deepEqual(
      changes.map((change) => change?.callId),
      [undefined, undefined, undefined, ringing.id],
    );
    assert.deepEqual(await lifeOf(held.id), ['callingCallee']);
  });

  test('succeed although one of them cannot be stored', async () => {
    const move = createCallMover(app.database);
    const [broken, ...others] = await addCalls(5);
    assert.ok(broken);
    const cause = { leg: null, sipStatus: null, q850Cause: null, text: 'a zero byte: \0' };
    const [[failed], changes] = await Promise.all([
      Promise.allSettled([move(request(broken, { state: 'failed', reason: 'other', cause }))]),
      Promise.all(others.map((call) => move(request(call)))),
    ]);
    assert.equal(failed.status, 'rejected');
    assert.deepEqual(
      changes.map((change) => change?.callId),
      others.map(({ id }) => id),
    );
    assert.deepEqual(await lifeOf(broken.id), ['callingCallee']);
  });

  test('of one user are numbered one after the other', async () => {
    const move = createCallMover(app.database);
    const userId = await insertUser(app, randomUUID());
    const ids = await insertCalls(app, userId, 10, { state: 'callingCallee' });
    await Promise.all(ids.map((id, index) => move(request({ id }, index < 5 ? CONNECTED : BUSY))));
    const events = await app.sql(
      'SELECT array_agg(seq::integer ORDER BY seq) AS numbers, count(DISTINCT call_id)::integer AS calls FROM call_events WHERE user_id = $1 AND seq > 10',
      [userId],
    );
    assert.deepEqual(events, [{ numbers: Array.from({ length: 10 }, (_, index) => 11 + index), calls: 10 }]);
  });

  test('do not wait while the row of another user is locked', async () => {
    const { database, statements } = watchStatements(app.database);
    const move = createCallMover(database);
    const [held, ...others] = await addCalls(10);
    assert.ok(held);
    const other = await connect(app);
    await other.query('BEGIN');
    await other.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [held.userId]);
    const rest = others.map((call) => move(request(call)));
    const waiting = move(request(held));
    await Promise.all(rest);
    assert.ok(statements() <= 2, `${statements()}`); // one for all, and one for the call that waits
    await waitsOrEnds(app, waiting);
    await other.query('COMMIT');
    assert.equal((await waiting)?.state, 'connected');
    assert.deepEqual(await lifeOf(held.id), ['callingCallee', 'connected']);
  });
});
