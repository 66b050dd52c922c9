import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADVISORY_LOCKS } from '../../src/platform/database/advisory-locks.ts';
import { assertWholeLives } from '../core/calls/lives.ts';
import { connect, insertCalls, insertToken, insertUser } from '../core/calls/rows.ts';
import { createDatabase, dropDatabase } from '../harness/app.ts';
import { afterFile } from '../harness/clean-up.ts';
import { startServer } from '../harness/server-process.ts';
import { until } from '../harness/until.ts';
import { postCall } from '../web/classic/call.ts';

const USERS = 5;
const CALLS_EACH = 120;
/** Whether a node sweeps: it has the lock, whose number has `objid` as its low half. */
const SWEEPING = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = (${ADVISORY_LOCKS.overdueCalls} & 4294967295)::oid`;
/** Milliseconds after a sweep was detected, so that kills happen before, between and after its transactions. */
const SPREAD = 120;

export interface KilledSweeps {
  readonly rounds: number;
  readonly calls: number;
  /** Kills that left calls for the next node. */
  readonly leftOver: number;
}

/**
 * Each round kills the only node with SIGKILL while it sweeps hundreds of overdue calls, and starts another. No call may be lost or
 * end twice, and all calls must end. At least one kill must leave calls for the next node.
 * @param least rounds
 * @param most rounds, when no kill came in the middle before
 */
export async function killSweepingNodes(least: number, most: number): Promise<KilledSweeps> {
  const databaseUrl = await createDatabase();
  afterFile(() => dropDatabase(databaseUrl));
  const client = await connect({ databaseUrl });
  const db = { sql: async (text: string, values: unknown[] = []) => (await client.query(text, values)).rows };
  const users: string[] = [];
  for (let n = 0; n < USERS; n++) users.push(await insertUser(db, `user-${n}`, CALLS_EACH));
  const overdue = async () => {
    const rows = await db.sql('SELECT count(*)::integer AS calls FROM calls WHERE ended_at IS NULL');
    return Number(rows[0]?.calls);
  };
  await db.sql(`INSERT INTO clients (id, name, metadata) VALUES ('somebody', 'Somebody', '{}')`);

  let server = await startServer({ DATABASE_URL: databaseUrl });
  let leftOver = 0;
  let rounds = 0;
  for (; rounds < least || (leftOver === 0 && rounds < most); rounds++) {
    for (const user of users) await insertCalls(db, user, CALLS_EACH);
    await db.sql('UPDATE calls SET deadline_at = clock_timestamp() WHERE ended_at IS NULL');
    await until('a sweep', async () => (await db.sql(SWEEPING)).length > 0);
    await sleep((rounds * 37) % SPREAD);
    await server.stop('SIGKILL');
    if ((await overdue()) > 0) leftOver++;
    server = await startServer({ DATABASE_URL: databaseUrl });
    await until('all overdue calls ended', async () => (await overdue()) === 0);
    await assertWholeLives(db);
  }
  const [{ calls, events } = {}] = await db.sql(
    `SELECT count(*)::integer AS calls, (SELECT count(*)::integer FROM call_events WHERE ended_by = 'sweeper') AS events FROM calls`,
  );
  assert.deepEqual({ calls, events }, { calls: rounds * USERS * CALLS_EACH, events: calls });
  const token = await insertToken(db, users[0] ?? '', 'somebody');
  assert.equal((await postCall(server, token)).status, 201, 'there is a place');
  await server.stop();
  assert.ok(leftOver > 0, 'a kill came in the middle');
  return { rounds, calls: Number(calls), leftOver };
}
