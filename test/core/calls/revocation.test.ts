import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { runCli } from '../../harness/server-process.ts';
import { createTestClock } from '../../harness/test-clock.ts';
import { until } from '../../harness/until.ts';
import { addAdministrator } from '../../web/admin-api/administrator.ts';
import { getCalls, openCall, postCall } from '../../web/classic/call.ts';
import { assertWholeLives, eventsOf, inWords, reached } from './lives.ts';
import { connect, insertGrantedToken } from './rows.ts';

const clock = createTestClock();
const app = await startApp({ CARRIER: 'simulator' }, clock);
const administrator = await addAdministrator(app);
const REVOKED = 'disconnected: other, by revocation';
let people = 0;

interface Pair {
  readonly user: string;
  readonly client: string;
}

/** Each ends the grant of the first user’s first client, and perhaps more. */
const ways: Record<string, { revoke: (pair: Pair) => Promise<unknown>; whole: 'grant' | 'user' | 'client' }> =
  {
    'a grant is withdrawn': {
      whole: 'grant',
      revoke: ({ user, client }) =>
        app.sql(
          'DELETE FROM grants WHERE client_id = $2 AND user_id = (SELECT id FROM users WHERE name = $1)',
          [user, client],
        ),
    },
    'an administrator withdraws a grant': {
      whole: 'grant',
      revoke: ({ user, client }) => administrator.send('DELETE', `/admin/users/${user}/grants/${client}`),
    },
    'a user is disabled': {
      whole: 'user',
      revoke: ({ user }) => app.users.setDisabled(user, true, COMMAND_LINE),
    },
    'a user is disabled on the command line': {
      whole: 'user',
      revoke: ({ user }) => runCli(['user', 'disable', user], { DATABASE_URL: app.databaseUrl }),
    },
    'a client is removed': {
      whole: 'client',
      revoke: ({ client }) => app.clients.removeClient(client, COMMAND_LINE),
    },
  };

async function addPair(): Promise<{ users: string[]; ids: string[]; clients: string[] }> {
  const users = [`user-${++people}`, `user-${++people}`];
  for (const user of users) await addUser(app, user, { limit: 10 });
  const rows = await app.sql<{ id: string }>('SELECT id FROM users WHERE name = ANY ($1) ORDER BY name', [
    users,
  ]);
  const clients = [(await addClassicClient(app)).id, (await addClassicClient(app)).id];
  return { users, ids: rows.map(({ id }) => id), clients };
}

for (const [title, { revoke, whole }] of Object.entries(ways)) {
  test(`when ${title}, its tokens and ongoing calls end at once, and no others`, async () => {
    const { users, ids, clients } = await addPair();
    const opened: { token: string; ends: boolean; id: string }[] = [];
    for (const [u, userId] of ids.entries()) {
      for (const [c, clientId] of clients.entries()) {
        const token = await insertGrantedToken(app, userId, clientId);
        const ends = u === 0 && c === 0 ? true : u === 0 ? whole === 'user' : c === 0 && whole === 'client';
        opened.push({ token, ends, id: await openCall(app, token, '+12025550103') });
      }
    }
    for (const { id } of opened) await reached(app, id, 'callingCallee', () => clock.advance(1000));

    await revoke({ user: users[0] ?? '', client: clients[0] ?? '' });
    for (const { token, ends, id } of opened) {
      assert.equal((await getCalls(app, token)).status, ends ? 401 : 200);
      assert.equal((await postCall(app, token, '+12025550120')).status, ends ? 401 : 201);
      const last = (await eventsOf(app, id)).map(inWords).at(-1);
      assert.equal(last, ends ? REVOKED : 'callingCallee');
    }
    const going = opened.filter(({ ends }) => !ends).length;
    await until('the phones of ended calls stop', () => {
      clock.advance(0); // for those that fail at once
      return clock.waiting() === going;
    });
    clock.advance(600_000);
    await until('the others come to their end', async () => {
      const ended = await app.sql('SELECT FROM calls WHERE id = ANY ($1) AND ended_at IS NOT NULL', [
        opened.map(({ id }) => id),
      ]);
      return ended.length === opened.length;
    });
    for (const { ends, id } of opened) {
      const states = (await eventsOf(app, id)).map(inWords).slice(3);
      assert.deepEqual(states, [ends ? REVOKED : 'failed: calleeNoAnswer, by carrier']);
    }
  });
}

test('tokens and calls of the classic pages end, too', async () => {
  await addUser(app, 'anna');
  const client = await addClassicClient(app);
  const token = await classicToken(app, client, 'anna');
  const id = await openCall(app, token);
  await ways['a grant is withdrawn']?.revoke({ user: 'anna', client: client.id });
  assert.equal((await postCall(app, token)).status, 401);
  assert.deepEqual((await eventsOf(app, id)).map(inWords).at(-1), REVOKED);
});

test('every node is notified of the ended calls, no matter who withdrew the grant', async () => {
  const { ids, clients } = await addPair();
  const id = await openCall(app, await insertGrantedToken(app, ids[0] ?? '', clients[0] ?? ''));
  const listening = await connect(app);
  const told: { callId: string; state: string }[] = [];
  listening.on('notification', ({ payload = '' }) => told.push(...JSON.parse(payload).changes));
  await listening.query('LISTEN call_changes');
  await app.sql('DELETE FROM grants WHERE user_id = $1', [ids[0]]);
  const change = await until('it is told', () => told.find(({ callId }) => callId === id));
  assert.equal(change.state, 'disconnected');
});

suite('opening a call while the grant is withdrawn', () => {
  const waiting = (what: string) =>
    until(`${what} waits`, async () => {
      const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%'`;
      return (await app.sql(waits, [what])).length > 0;
    });

  test('fails with an invalid token if the withdrawal gets the lock first', async () => {
    const { ids, clients } = await addPair();
    const token = await insertGrantedToken(app, ids[0] ?? '', clients[0] ?? '');
    const withdrawing = await connect(app);
    await withdrawing.query('BEGIN');
    await withdrawing.query('DELETE FROM grants WHERE user_id = $1', [ids[0]]);
    const opening = postCall(app, token);
    await waiting('open_calls(');
    await withdrawing.query('COMMIT');
    assert.equal((await opening).status, 401);
    assert.deepEqual(await app.sql('SELECT FROM calls WHERE user_id = $1', [ids[0]]), []);
  });

  test('succeeds if it gets the lock first, and the withdrawal ends the call', async () => {
    const { ids, clients } = await addPair();
    const token = await insertGrantedToken(app, ids[0] ?? '', clients[0] ?? '');
    const holding = await connect(app);
    await app.sql(`CREATE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS
                   $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NEW; END $$`);
    await app.sql(`CREATE TRIGGER wait_here BEFORE INSERT ON call_events FOR EACH ROW
                   WHEN (NEW.user_id = '${ids[0]}' AND NEW.reason IS NULL) EXECUTE FUNCTION wait_here()`);
    await holding.query('SELECT pg_advisory_lock(42)');
    const opening = postCall(app, token, '+12025550100');
    await waiting('open_calls(');
    const withdrawing = app.sql('DELETE FROM grants WHERE user_id = $1', [ids[0]]);
    await until('it is withdrawn, or waits', () =>
      Promise.race([waiting('DELETE FROM grants'), withdrawing]),
    );
    await holding.query('SELECT pg_advisory_unlock(42)');
    assert.equal((await opening).status, 201);
    await withdrawing;
    await app.sql('DROP TRIGGER wait_here ON call_events');
    const [call] = await app.sql('SELECT state, ended_by FROM calls WHERE user_id = $1', [ids[0]]);
    assert.deepEqual(call, { state: 'disconnected', ended_by: 'revocation' });
  });
});

test('withdrawing a grant and disabling its user at the same time do not deadlock', async () => {
  const { ids, clients } = await addPair();
  await insertGrantedToken(app, ids[0] ?? '', clients[0] ?? '');
  const [disabling, withdrawing] = [await connect(app), await connect(app)];
  await disabling.query('BEGIN');
  await disabling.query('SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [ids[0]]);
  const withdrawn = withdrawing.query('DELETE FROM grants WHERE user_id = $1', [ids[0]]);
  await until('it waits', async () => {
    const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE FROM grants%'`;
    return (await app.sql(waits)).length > 0;
  });
  await disabling.query('UPDATE users SET disabled_at = now() WHERE id = $1', [ids[0]]);
  await disabling.query('COMMIT');
  assert.equal((await withdrawn).rowCount, 1);
});

test('every call has a complete timeline', () => assertWholeLives(app));
