import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';
import { assertWholeLives, eventsOf } from './lives.ts';
import { connect, insertCalls, insertUser } from './rows.ts';

const ROUNDS = 50;

const app = await startApp();
const connections = await Promise.all(Array.from({ length: 20 }, () => connect(app)));

/** Twenty endings of a connected call, as different as possible. */
const ENDINGS = [
  ...['client', 'administrator', 'sweeper', 'revocation', 'carrier'].flatMap((by) =>
    ['hangUp', 'other', 'calleeBusy'].map((reason) => ['disconnected', reason, by] as const),
  ),
  ...['callerFailure', 'calleeFailure', 'calleeNoAnswer', 'callerNoAnswer', 'other'].map(
    (reason) => ['failed', reason, 'carrier'] as const,
  ),
];

test(`of ${ENDINGS.length} simultaneous endings exactly one is recorded, ${ROUNDS} times`, async () => {
  const userId = await insertUser(app, 'everybody-ends');
  for (let round = 0; round < ROUNDS; round++) {
    const state = (['initiating', 'callingCallee', 'connected'] as const)[round % 3];
    const [id = ''] = await insertCalls(app, userId, 1, state && { state });
    const moved = await Promise.all(
      ENDINGS.map(([to, reason, by], index) =>
        connections[index]?.query('SELECT state, reason, ended_by FROM move_call($1, $2, $3, $4)', [
          id,
          to,
          reason,
          by,
        ]),
      ),
    );
    const won = moved.flatMap((result) => result?.rows ?? []);
    assert.equal(won.length, 1, `round ${round}`);
    const [opened, ended, ...more] = await eventsOf(app, id);
    assert.deepEqual(
      [opened?.state, ended, more],
      [state, { state: won[0].state, reason: won[0].reason, endedBy: won[0].ended_by }, []],
    );
  }
});

test('a user’s events are numbered without gaps, in the order of their commits, across connections', async () => {
  const userId = await insertUser(app, 'busy');
  const calls = await insertCalls(app, userId, 300, { state: 'initiating' });
  const steps = ['callingCaller', 'callingCallee', 'connected'].map((state) => [state, null, null]);
  let done = false;
  const watching = (async () => {
    const seen: string[] = [];
    while (!done) {
      const [row] = await app.sql<{ count: string; max: string }>(
        'SELECT count(*), max(seq) FROM call_events WHERE user_id = $1',
        [userId],
      );
      assert.equal(row?.count, row?.max, 'who sees an event sees all before it');
      if (row?.max !== seen.at(-1)) seen.push(row?.max ?? '');
    }
    return seen.length;
  })();
  await Promise.all(
    connections.slice(0, 2).map(async (connection, half) => {
      for (const [index, id] of calls.entries()) {
        if (index % 2 !== half) continue;
        for (const [state, reason, by] of [...steps, ['disconnected', 'hangUp', 'client']])
          await connection.query('SELECT FROM move_call($1, $2, $3, $4)', [id, state, reason, by]);
      }
    }),
  );
  done = true;
  assert.ok((await watching) > 50, 'it was watched while it happened');
  await assertWholeLives(app);
});

test('a transaction with the lock on a user’s row does not wait for other transitions, and none overtakes it', async () => {
  const userId = await insertUser(app, 'patient');
  const [first = '', second = ''] = await insertCalls(app, userId, 2);
  const [holding, waiting] = connections;
  assert.ok(holding && waiting);
  await holding.query('BEGIN');
  await holding.query('SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
  const late = waiting.query(`SELECT ended_at FROM move_call($1, 'disconnected', 'hangUp', 'client')`, [
    second,
  ]);
  await until('the second waits', async () => {
    const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%move_call%'`;
    return (await app.sql(waits)).length > 0;
  });
  // Nobody who has the lock needs to wait for one who has not, whichever of the user's calls it is about.
  await holding.query(`SET LOCAL lock_timeout = '200ms'`);
  await holding.query(`SELECT FROM move_call($1, 'disconnected', 'other', 'sweeper')`, [second]);
  await holding.query(`SELECT FROM move_call($1, 'disconnected', 'other', 'sweeper')`, [first]);
  await holding.query('COMMIT');
  assert.equal((await late).rows.length, 0, 'it had ended');
  await assertWholeLives(app);
});
