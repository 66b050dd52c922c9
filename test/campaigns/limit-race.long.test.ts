import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallLimitReached } from '../../src/core/calls/limit-errors.ts';
import { mostOngoing } from '../core/calls/lives.ts';
import { startApp } from '../harness/app.ts';
import { addClassicClient, classicToken } from '../harness/people.ts';
import { startServer } from '../harness/server-process.ts';
import { addCaller, endAllCalls } from '../web/callers.ts';
import { postCall } from '../web/classic/call.ts';
import { OPENING_APIS, post, statusIn } from '../web/opening/apis.ts';
import { record, times } from './campaign.ts';

const ROUNDS = times(15, 300);
const SIMULTANEOUS = 20;

const app = await startApp();
const clients = [await addClassicClient(app, 'One'), await addClassicClient(app, 'Two')];
const nodes = [
  await startServer({ DATABASE_URL: app.databaseUrl }),
  await startServer({ DATABASE_URL: app.databaseUrl }),
] as const;

/** Opens from both applications through both nodes and all APIs at once. @returns the outcomes */
function openAtOnce(tokens: readonly string[]): Promise<string[]> {
  return Promise.all(
    Array.from({ length: SIMULTANEOUS }, async (_, index) => {
      const node = nodes[index % 2 === 0 ? 0 : 1];
      const api = OPENING_APIS[index % 3] ?? OPENING_APIS[0];
      const { status, text } = await post(node, api, tokens[Math.floor(index / 2) % 2]);
      if (status === 201) return 'opened';
      return status === statusIn(api, CallLimitReached) ? 'refused' : text;
    }),
  );
}

const LIMITS = [1, 2, 5];
let refusals = 0;

for (const limit of LIMITS) {
  test(`of ${SIMULTANEOUS} simultaneous requests on two nodes by two applications and three APIs exactly ${limit} open a call, ${ROUNDS} times`, async () => {
    const user = `limit${limit}`;
    await addCaller(app, user, { limit });
    const tokens = await Promise.all(clients.map((client) => classicToken(app, client, user)));
    for (let round = 0; round < ROUNDS; round++) {
      const outcomes = await openAtOnce(tokens);
      const opened = outcomes.filter((outcome) => outcome === 'opened').length;
      const refused = outcomes.filter((outcome) => outcome === 'refused').length;
      assert.deepEqual({ round, opened, refused }, { round, opened: limit, refused: SIMULTANEOUS - limit });
      refusals += refused;
      await endAllCalls(app);
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
    tried: `${ROUNDS} × ${SIMULTANEOUS} simultaneous requests each, with limits of ${LIMITS.join(', ')}, on 2 nodes by 2 applications and the 3 APIs`,
    found: `of ${asked} opens ${opened} opened and ${refusals} were refused, as the limit requires each time; the rows never show more ongoing calls`,
  });
});

test('a call that waited for another call to end starts after that end', async () => {
  await addCaller(app, 'patient', { limit: 2 });
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
