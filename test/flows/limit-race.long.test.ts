import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postCall } from '../classic/call.ts';
import { startApp } from '../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../harness/people.ts';
import { startServer } from '../harness/server-process.ts';

const ROUNDS = 300;
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

/** How many of a user's calls ever overlapped, by the rows alone. A call that ends when another begins does not. */
async function mostOngoing(user: string): Promise<{ calls: number; most: number } | undefined> {
  const [row] = await app.sql<{ calls: number; most: number }>(
    `WITH theirs AS (
       SELECT created_at, ended_at FROM calls WHERE user_id = (SELECT id FROM users WHERE name = $1)
     ), changes AS (
       SELECT created_at AS at, 1 AS change FROM theirs UNION ALL SELECT ended_at, -1 FROM theirs WHERE ended_at IS NOT NULL
     ), running AS (
       SELECT sum(change) OVER (ORDER BY at, change) AS ongoing FROM changes
     )
     SELECT (SELECT count(*) FROM theirs)::integer AS calls, max(ongoing)::integer AS most FROM running`,
    [user],
  );
  return row;
}

for (const limit of [1, 2, 5]) {
  test(`of ${SIMULTANEOUS} simultaneous opens over two nodes and two applications exactly ${limit} succeed, ${ROUNDS} times`, async () => {
    const user = `limit${limit}`;
    await addUser(app, user, { limit });
    const tokens = await Promise.all(clients.map((client) => classicToken(app, client, user)));
    for (let round = 0; round < ROUNDS; round++) {
      const statuses = await openAtOnce(tokens);
      const opened = statuses.filter((status) => status === 201).length;
      const refused = statuses.filter((status) => status === 409).length;
      assert.deepEqual({ round, opened, refused }, { round, opened: limit, refused: SIMULTANEOUS - limit });
      await app.sql(`UPDATE calls SET state = 'disconnected', reason = 'hangUp', ended_by = 'client',
                                      ended_at = clock_timestamp() WHERE ended_at IS NULL`);
    }
    assert.deepEqual(await mostOngoing(user), { calls: ROUNDS * limit, most: limit });
  });
}

test('a call that waited for another’s place begins, by the rows, after the other has ended', async () => {
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
  const blocked = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%open_call%'`;
  while ((await app.sql(blocked)).length === 0) await new Promise(setImmediate);
  await ending.query(`UPDATE calls SET state = 'disconnected', reason = 'hangUp', ended_by = 'client',
                                       ended_at = clock_timestamp() WHERE ended_at IS NULL`);
  await ending.query('COMMIT');
  ending.release();

  assert.equal((await waiting).status, 201);
  assert.deepEqual(await mostOngoing('patient'), { calls: 2, most: 1 });
});
