import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostOngoing } from '../core/calls/lives.ts';
import { startApp } from '../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../harness/people.ts';
import { startServer } from '../harness/server-process.ts';
import { postCall } from '../web/classic/call.ts';
import { record, times } from './campaign.ts';

const ROUNDS = times(15, 300);
const SIMULTANEOUS = 20;

const app = await startApp();
const clients = [await addClassicClient(app, 'One'), await addClassicClient(app, 'Two')];
const nodes = await Promise.all([1, 2].map(() => startServer({ DATABASE_URL: app.databaseUrl })));

/** Opens from both applications through both nodes at once. @returns the statuses */
function openAtOnce(tokens: readonly string[]): Promise<number[]> {
  return Promise.all(
    Array.from({ length: SIMULTANEOUS }, async (_, index) => {
      const node = nodes[index % 2];
      const token = tokens[Math.floor(index / 2) % 2] ?? '';
      const body = new URLSearchParams({ number: '+12025550123' });
      const answer = await fetch(`${node?.url}/rest/call`, { method: 'POST', headers: bearer(token), body });
      await answer.arrayBuffer();
      return answer.status;
    }),
  );
}

const LIMITS = [1, 2, 5];
let refusals = 0;

for (const limit of LIMITS) {
  test(`of ${SIMULTANEOUS} simultaneous requests on two nodes by two applications exactly ${limit} open a call, ${ROUNDS} times`, async () => {
    const user = `limit${limit}`;
    await addUser(app, user, { limit });
    const tokens = await Promise.all(clients.map((client) => classicToken(app, client, user)));
    for (let round = 0; round < ROUNDS; round++) {
      const statuses = await openAtOnce(tokens);
      const opened = statuses.filter((status) => status === 201).length;
      const refused = statuses.filter((status) => status === 409).length;
      assert.deepEqual({ round, opened, refused }, { round, opened: limit, refused: SIMULTANEOUS - limit });
      refusals += refused;
      await app.sql(`UPDATE calls SET state = 'disconnected', reason = 'hangUp', ended_by = 'client',
                                      ended_at = clock_timestamp() WHERE ended_at IS NULL`);
    }
    assert.deepEqual(await mostOngoing(app, user), { calls: ROUNDS * limit, most: limit });
  });
}

test('none of these requests exceeded the limit', () => {
  const opened = LIMITS.reduce((sum, limit) => sum + limit * ROUNDS, 0);
  const asked = LIMITS.length * ROUNDS * SIMULTANEOUS;
  assert.equal(opened + refusals, asked);
  record({
    invariant: 'Never more ongoing calls than the limit',
    tried: `${ROUNDS} × ${SIMULTANEOUS} simultaneous requests each, with limits of ${LIMITS.join(', ')}, on 2 nodes by 2 applications`,
    found: `of ${asked} opens ${opened} opened and ${refusals} were refused, as the limit requires each time; the rows never show more ongoing calls`,
  });
});

test('a call that waited for another call to end starts after that end', async () => {
  await addUser(app, 'patient', { limit: 2 });
  const [client] = clients;
  assert.ok(client);
  const token = await classicToken(app, client, 'patient');
  const open = () => postCall(app, token);
  assert.equal((await open()).status, 201);

  const ending = await app.database.pool.connect();
  await ending.query('BEGIN');
  await ending.query(`SELECT FROM users WHERE name = 'patient' FOR NO KEY UPDATE`);
  const waiting = open();
  const blocked = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%open_calls(%'`;
  while ((await app.sql(blocked)).length === 0) await new Promise(setImmediate);
  await ending.query(`UPDATE calls SET state = 'disconnected', reason = 'hangUp', ended_by = 'client',
                                       ended_at = clock_timestamp() WHERE ended_at IS NULL`);
  await ending.query('COMMIT');
  ending.release();

  assert.equal((await waiting).status, 201);
  assert.deepEqual(await mostOngoing(app, 'patient'), { calls: 2, most: 1 });
});
