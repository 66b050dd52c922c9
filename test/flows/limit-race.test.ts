import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../harness/people.ts';
import { startServer } from '../harness/server-process.ts';

const ROUNDS = 300;
const SIMULTANEOUS = 20;

const app = await startApp();
await addUser(app, 'anna');
const clients = [await addClassicClient(app, 'One'), await addClassicClient(app, 'Two')];
const tokens = await Promise.all(clients.map((client) => classicToken(app, client, 'anna')));
const nodes = await Promise.all([1, 2].map(() => startServer({ DATABASE_URL: app.databaseUrl })));
after(() => Promise.all(nodes.map((node) => node.stop())));

/** Opens from both applications through both nodes at once. @returns the statuses */
function openAtOnce(): Promise<number[]> {
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

for (const limit of [1, 2, 5]) {
  test(`of ${SIMULTANEOUS} simultaneous opens over two nodes and two applications exactly ${limit} succeed, ${ROUNDS} times`, async () => {
    await app.users.setLimit('anna', limit);
    for (let round = 0; round < ROUNDS; round++) {
      const statuses = await openAtOnce();
      const opened = statuses.filter((status) => status === 201).length;
      const refused = statuses.filter((status) => status === 409).length;
      assert.deepEqual({ round, opened, refused }, { round, opened: limit, refused: SIMULTANEOUS - limit });
      await app.sql(`UPDATE calls SET state = 'disconnected', reason = 'hangUp', ended_by = 'client', ended_at = clock_timestamp()
                      WHERE ended_at IS NULL`);
    }
  });
}

test('never, by the rows, did more calls overlap than the limit of the time', async () => {
  const [row] = await app.sql<{ calls: number; most: number }>(`
    WITH changes AS (
      SELECT created_at AS at, 1 AS change FROM calls UNION ALL SELECT ended_at, -1 FROM calls WHERE ended_at IS NOT NULL
    ), running AS (
      SELECT sum(change) OVER (ORDER BY at, change) AS ongoing FROM changes
    )
    SELECT (SELECT count(*) FROM calls)::integer AS calls, max(ongoing)::integer AS most FROM running`);
  assert.deepEqual(row, { calls: ROUNDS * (1 + 2 + 5), most: 5 });
});
