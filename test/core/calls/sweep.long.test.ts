import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { startServer } from '../../harness/server-process.ts';
import { until } from '../../harness/until.ts';
import { postCall } from '../../web/classic/call.ts';
import { assertWholeLives, ending, eventsOf, inWords } from './lives.ts';
import { connect, insertCalls, insertToken, insertUser, SWEEP } from './rows.ts';

const app = await startApp();
await app.clients.registerDemoClient({ name: 'Somebody', redirectUris: [`${app.url}/test`] }, 'somebody');
const holding = await connect(app);

/** How long a call may be overdue. */
const SECONDS = 10;

async function ongoing(userId: string): Promise<number> {
  const rows = await app.sql('SELECT FROM calls WHERE user_id = $1 AND ended_at IS NULL', [userId]);
  return rows.length;
}

function allEnded(userId: string): Promise<true> {
  return until('all overdue calls ended', async () => (await ongoing(userId)) === 0, SECONDS);
}

suite('the sweep ends an overdue call', { concurrency: true }, () => {
  const ends = {
    initiating: 'failed: other, by sweeper',
    callingCaller: 'failed: callerNoAnswer, by sweeper',
    callingCallee: 'failed: calleeNoAnswer, by sweeper',
    connected: 'disconnected: other, by sweeper',
  } as const;

  for (const [state, ended] of Object.entries(ends)) {
    test(`${state}: as ${ended}`, async () => {
      const userId = await insertUser(app, `in-${state}`);
      const late = { state: state as keyof typeof ends, deadline: -1 };
      const [id = ''] = await insertCalls(app, userId, 1, late);
      const [other = ''] = await insertCalls(app, userId, 1, { ...late, deadline: 60 });
      await ending(app, id);
      assert.deepEqual((await eventsOf(app, id)).map(inWords), [state, ended]);
      assert.deepEqual((await eventsOf(app, other)).map(inWords), [state], 'its time has not come');
    });
  }

  test('and every node is notified', async () => {
    const listening = await connect(app);
    const told: string[] = [];
    listening.on('notification', ({ payload = '' }) =>
      told.push(...JSON.parse(payload).changes.map(({ callId }: { callId: string }) => callId)),
    );
    await listening.query('LISTEN call_changes');
    const [id = ''] = await insertCalls(app, await insertUser(app, 'told'), 1, { deadline: -1 });
    await until('it is told', () => told.includes(id));
  });

  test('and it no longer counts towards the limit', async () => {
    const userId = await insertUser(app, 'waits-for-a-place', 1);
    const token = await insertToken(app, userId, 'somebody');
    const [id = ''] = await insertCalls(app, userId, 1);
    assert.equal((await postCall(app, token)).status, 409);
    await app.sql('UPDATE calls SET deadline_at = clock_timestamp() WHERE id = $1', [id]);
    await ending(app, id);
    assert.equal((await postCall(app, token)).status, 201);
  });
});

test('two nodes end each of hundreds of overdue calls once', async () => {
  const server = await startServer({ DATABASE_URL: app.databaseUrl });
  const users = await Promise.all([1, 2, 3].map((n) => insertUser(app, `many-${n}`)));
  for (let round = 0; round < 2; round++) {
    await Promise.all(users.map((userId) => insertCalls(app, userId, 150, { deadline: -1 })));
    await Promise.all(users.map(allEnded));
  }
  await server.stop();
  await assertWholeLives(app);
});

test('two simultaneous sweeps end each call once', async () => {
  const userId = await insertUser(app, 'swept-twice');
  const connections = await Promise.all(Array.from({ length: 4 }, () => connect(app)));
  for (let round = 0; round < 20; round++) {
    await insertCalls(app, userId, 20, { deadline: -1 });
    await Promise.all(connections.map((each) => each.query(SWEEP)));
  }
  await allEnded(userId);
  await assertWholeLives(app);
});

test('a locked user with many overdue calls does not delay other users', async () => {
  const [locked, other] = [await insertUser(app, 'locked'), await insertUser(app, 'other')];
  await insertCalls(app, locked, 500);
  await holding.query('BEGIN');
  await holding.query('SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [locked]);
  await app.sql(`UPDATE calls SET deadline_at = now() - interval '1 hour' WHERE user_id = $1`, [locked]);
  await insertCalls(app, other, 300, { deadline: -1 });
  await allEnded(other);
  assert.equal(await ongoing(locked), 500);
  await holding.query('COMMIT');
  await allEnded(locked);
});

test('a call that is locked or cannot be ended does not delay others, even of the same user', async () => {
  const userId = await insertUser(app, 'has-a-broken-call');
  const [broken = '', locked = '', ...others] = await insertCalls(app, userId, 10);
  await app.sql(`CREATE FUNCTION break_here() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'broken'; END $$`);
  await app.sql(`CREATE TRIGGER break_here BEFORE INSERT ON call_events FOR EACH ROW
                 WHEN (NEW.call_id = '${broken}') EXECUTE FUNCTION break_here()`);
  const locking = await connect(app);
  await locking.query('BEGIN');
  await holding.query('BEGIN');
  await holding.query('SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
  await app.sql(
    `UPDATE calls SET deadline_at = now() - CASE WHEN id = ANY ($2) THEN interval '2 hours' ELSE interval '1 hour' END
      WHERE user_id = $1`,
    [userId, [broken, locked]],
  );
  await locking.query('SELECT FROM calls WHERE id = $1 FOR UPDATE', [locked]);
  await holding.query('COMMIT');
  await until('the others end', async () => (await ongoing(userId)) === 2);
  for (const id of others)
    assert.deepEqual(
      (await eventsOf(app, id)).map(({ endedBy }) => endedBy),
      [null, 'sweeper'],
    );
  assert.deepEqual(
    (await eventsOf(app, broken)).map(inWords),
    ['connected'],
    'nothing is left of the attempt',
  );
  await locking.query('COMMIT');
  await ending(app, locked);
  await app.sql('DROP TRIGGER break_here ON call_events');
  await ending(app, broken);
});

test('the statement timeout applies to a sweep', async () => {
  const userId = await insertUser(app, 'takes-long');
  const sweeping = await connect(app);
  await app.sql(`CREATE FUNCTION sleep_here() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$`);
  await app.sql(`CREATE TRIGGER sleep_here BEFORE INSERT ON call_events FOR EACH ROW
                 WHEN (NEW.user_id = '${userId}' AND NEW.reason IS NOT NULL) EXECUTE FUNCTION sleep_here()`);
  const [overdue = ''] = await insertCalls(app, userId, 1, { deadline: -1 });
  await sweeping.query(`SET statement_timeout = '200ms'`);
  await until('it is this connection that sweeps', async () => {
    const swept = sweeping.query(SWEEP);
    return swept.then(
      () => false,
      (error) => error.code === '57014',
    );
  });
  await app.sql('DROP TRIGGER sleep_here ON call_events');
  await ending(app, overdue);
});

test('a deadline that is extended before the sweep gets the lock counts', async () => {
  const [first, second] = [await insertUser(app, 'first'), await insertUser(app, 'second')];
  const sweeping = await connect(app);
  // The sweep stops at the event of the first user’s call, having looked for all overdue ones.
  await app.sql(`CREATE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NEW; END $$`);
  await app.sql(`CREATE TRIGGER wait_here BEFORE INSERT ON call_events FOR EACH ROW
                 WHEN (NEW.user_id = '${first}' AND NEW.reason IS NOT NULL) EXECUTE FUNCTION wait_here()`);
  await holding.query('SELECT pg_advisory_lock(42)');
  const [renewed = ''] = await insertCalls(app, second, 1);
  const [overdue = ''] = await insertCalls(app, first, 1);
  await app.sql(
    `UPDATE calls SET deadline_at = clock_timestamp() - CASE WHEN id = $1 THEN interval '1 minute' ELSE interval '1 second' END
      WHERE id IN ($1, $2)`,
    [overdue, renewed],
  );
  const swept = sweeping.query(SWEEP);
  await until('a sweep waits', async () => {
    const waits = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted`;
    return (await app.sql(waits)).length > 0;
  });
  const meanwhile = await app.sql(SWEEP);
  assert.equal(meanwhile.length, 0, 'one sweeps at a time');
  await app.sql(`UPDATE calls SET deadline_at = now() + interval '1 hour' WHERE id = $1`, [renewed]);
  await holding.query('SELECT pg_advisory_unlock(42)');
  await swept;
  await ending(app, overdue);
  await app.sql('DROP TRIGGER wait_here ON call_events');
  assert.deepEqual((await eventsOf(app, renewed)).map(inWords), ['connected']);
});

test('every call has a complete timeline', () => assertWholeLives(app));
