import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { connect, insertCalls, insertUser } from './rows.ts';

const app = await startApp();

test('the plan for a user’s ongoing calls uses the user, even if there were none at ANALYZE', async () => {
  const userId = await insertUser(app, 'somebody');
  const ids = await insertCalls(app, userId, 2_000);
  await app.sql(
    `UPDATE calls SET state = 'disconnected', reason = 'hangUp', ended_by = 'client', ended_at = now() WHERE id = ANY ($1)`,
    [ids],
  );
  const client = await connect(app);
  await client.query('VACUUM ANALYZE calls');
  await client.query('SET plan_cache_mode = force_generic_plan');
  await client.query(
    'PREPARE ongoing(uuid) AS SELECT count(*) FROM calls c WHERE c.user_id = $1 AND c.ended_at IS NULL',
  );
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE ongoing('${userId}')`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  assert.match(plan, /calls_ongoing/);
});

test('the plan for an opening finds an earlier answer by its key, even if there were no keys then', async () => {
  const client = await connect(app);
  await client.query('SET plan_cache_mode = force_generic_plan');
  await client.query('SET enable_seqscan = off');
  await client.query('PREPARE decide(jsonb) AS SELECT * FROM decide_calls($1, now())');
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE decide('[]')`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  assert.match(plan, /idempotency_keys_pkey/);
  assert.doesNotMatch(plan, /idempotency_keys_expiry/);
});
