import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ADVISORY_LOCKS } from '../../src/platform/database/advisory-locks.ts';
import { connect, insertCalls, insertUser } from '../core/calls/rows.ts';
import { startApp, startNode } from '../harness/app.ts';
import { startServer } from '../harness/server-process.ts';
import { createTestClock } from '../harness/test-clock.ts';
import { until } from '../harness/until.ts';
import { addCaller } from './caller.ts';

const env = { CARRIER: 'simulator' };
const app = await startApp(env, createTestClock());
const caller = await addCaller(app, 'caller');

async function holderOf(id: string): Promise<unknown> {
  const [call] = await app.sql('SELECT node_id FROM calls WHERE id = $1', [id]);
  return call?.['node_id'];
}

async function orphans(count: number): Promise<string[]> {
  const userId = await insertUser(app, randomUUID());
  return insertCalls(app, userId, count, { state: 'callingCaller', carrier: 'simulator' });
}

const DEAD = '00000000-0000-4000-8000-000000000000';
const ADOPT = `SELECT adopt_calls($1, interval '1 hour', '{simulator}', ${ADVISORY_LOCKS.adoption})`;
/** As a node that died would have left them. */
const ORPHANED = `UPDATE calls SET node_id = '${DEAD}' WHERE id = ANY ($1)`;

test('nodes that were all inactive, as during an outage of the database, keep their calls', async () => {
  const node = await startNode(app, env, createTestClock());
  const [ours, theirs] = [await caller.open(app, '+12025550100'), await caller.open(node, '+12025550100')];
  const holders = [await holderOf(ours), await holderOf(theirs)];
  assert.notEqual(holders[0], holders[1]);
  for (let round = 0; round < 2; round++) {
    await app.sql(
      `UPDATE nodes SET seen_at = seen_at - interval '1 minute', since = since - interval '1 minute'`,
    );
    await until('both are seen again', async () => {
      const seen = await app.sql(`SELECT FROM nodes WHERE seen_at > now() - interval '5 seconds'`);
      return seen.length === 2;
    });
    assert.deepEqual([await holderOf(ours), await holderOf(theirs)], holders);
  }
  await node.stop();
  assert.deepEqual(await app.sql('SELECT FROM nodes WHERE id = $1', [holders[1]]), []);
  await until('a node that has gone is missed at once', async () => (await holderOf(theirs)) === holders[0]);
});

test('a node logs how many calls it takes over', async () => {
  const known = await app.sql('SELECT id FROM nodes');
  const server = await startServer({ DATABASE_URL: app.databaseUrl, LOG_LEVEL: 'info', ...env });
  const [node] = await app.sql('SELECT id FROM nodes WHERE id <> ALL ($1)', [known.map(({ id }) => id)]);
  await app.sql('UPDATE calls SET node_id = $1 WHERE id = ANY ($2)', [node?.['id'], await orphans(3)]);
  await until('it says so', () =>
    server.stdout().includes('"calls":3,"msg":"carrier: took over calls of another node"'),
  );
  await server.stop();
});

test('of simultaneous take-overs one gets each call', async () => {
  await app.sql('CREATE TABLE taken (call_id text)');
  await app.sql(`CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN INSERT INTO taken VALUES (NEW.id); RETURN NEW; END $$`);
  const nodes = await Promise.all(Array.from({ length: 6 }, () => connect(app)));
  const ids = await orphans(200);
  await app.sql(`CREATE TRIGGER note BEFORE UPDATE OF node_id ON calls FOR EACH ROW
                 WHEN (OLD.node_id = '${DEAD}') EXECUTE FUNCTION note()`);
  for (let round = 1; round <= 10; round++) {
    await app.sql('DELETE FROM taken');
    await app.sql(ORPHANED, [ids]);
    const judges = await app.sql(
      'INSERT INTO nodes (id) SELECT gen_random_uuid() FROM generate_series(1, 6) RETURNING id',
    );
    await Promise.all(nodes.map((each, n) => each.query(ADOPT, [judges[n]?.['id']])));
    const taken = await until('all are taken over', async () => {
      const [row] = await app.sql(
        'SELECT count(*)::integer, count(DISTINCT call_id)::integer AS calls FROM taken',
      );
      return row?.['calls'] === 200 && row;
    });
    assert.deepEqual(taken, { count: 200, calls: 200 });
  }
  await app.sql('DROP TRIGGER note ON calls');
});

/** Calls of a live node, until it is deleted. */
async function callsOf(node: string, count: number): Promise<string[]> {
  const ids = await orphans(count);
  await app.sql(`INSERT INTO nodes (id, seen_at) VALUES ($1, now() + interval '1 hour')`, [node]);
  await app.sql('UPDATE calls SET node_id = $1 WHERE id = ANY ($2)', [node, ids]);
  return ids;
}

test('one node at a time takes over calls; other calls wait for the next check', async () => {
  const node = randomUUID();
  const [first, second] = [await connect(app), await connect(app)];
  const [id = ''] = await callsOf(node, 1);
  await first.query('BEGIN');
  await until('the first is at it', async () => {
    await first.query(ADOPT, [randomUUID()]);
    const { rows } = await first.query(
      `SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'`,
    );
    return rows.length > 0;
  });
  await app.sql('DELETE FROM nodes WHERE id = $1', [node]);
  await second.query(ADOPT, [randomUUID()]);
  assert.equal(await holderOf(id), node);
  await first.query('COMMIT');
  await until('it is taken over', async () => (await holderOf(id)) !== node);
});

test('a locked call delays neither other calls nor the holder of the lock', async () => {
  const node = randomUUID();
  const [locked = '', ...others] = await callsOf(node, 10);
  const holding = await connect(app);
  await holding.query('BEGIN');
  await holding.query('SELECT FROM calls WHERE id = $1 FOR UPDATE', [locked]);
  await app.sql('DELETE FROM nodes WHERE id = $1', [node]);
  await until('the others are taken over', async () => {
    const left = await app.sql('SELECT id FROM calls WHERE node_id = $1', [node]);
    return left.length === 1 && left[0]?.['id'] === locked;
  });
  await holding.query('SELECT FROM calls WHERE id = ANY ($1) FOR UPDATE', [others]);
  await holding.query('COMMIT');
  await until('it is taken over, too', async () => (await holderOf(locked)) !== node);
});

test('a node that was not seen for a minute is dead: its calls are taken over, and it is removed', async () => {
  const node = randomUUID();
  const [id] = await callsOf(node, 1);
  assert.ok(id);
  await app.sql(`UPDATE nodes SET seen_at = now() - interval '1 minute' WHERE id = $1`, [node]);
  await until('it is taken over', async () => (await holderOf(id)) !== node, 30);
  assert.deepEqual(await app.sql('SELECT FROM nodes WHERE id = $1', [node]), []);
});
