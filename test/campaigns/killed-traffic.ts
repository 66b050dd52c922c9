import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertWholeLives, mostOngoing, type Sql } from '../core/calls/lives.ts';
import { connect, insertNumber, insertToken, insertUser } from '../core/calls/rows.ts';
import { startPostgres } from '../harness/postgres.ts';
import { until } from '../harness/until.ts';
import { CALLER } from '../web/callers.ts';
import { type CallLog, mostAcknowledged, startTraffic } from './call-traffic.ts';
import { startServers } from './killable-servers.ts';

/** How often each process is killed while calls are opened and ended. */
export interface Kills {
  /** kill -9 of a server. */
  readonly servers: number;
  /** kill -9 of PostgreSQL's postmaster. */
  readonly crashes: number;
  /** Immediate shutdowns of PostgreSQL. */
  readonly shutdowns: number;
}

export interface KilledTraffic {
  readonly log: CallLog;
  /** Rows, including unacknowledged ones. */
  readonly rows: number;
  /** Maximum number of simultaneous calls of one user: by the rows, and by the responses. */
  readonly most: { readonly byRows: number; readonly acknowledged: number };
}

/** Ends calls whose opening was not acknowledged. */
const LEASE_S = 2;
/** A client's clock and the database's are the same here, but are read at different moments. */
const LEASE_MS = LEASE_S * 1000 - 50;
const SPREAD_MS = 250;
const CALLS_BETWEEN = 5;

/** Kills processes while callers use two servers and two applications, and compares the responses with the rows. */
export async function killUnderTraffic(limit: number, kills: Kills): Promise<KilledTraffic> {
  const { url, restart } = await startPostgres();
  const { tokens, servers } = await prepare(url, limit);
  const traffic = startTraffic(servers.url, tokens);
  /** Waits until more calls were opened, because a kill in an idle moment proves little. */
  const callsAgain = async () => {
    const enough = traffic.log.calls.length + CALLS_BETWEEN;
    await until(
      () => `calls open: ${traffic.log.lastFailure}`,
      () => traffic.log.calls.length >= enough,
      30,
    );
    await sleep(Math.random() * SPREAD_MS);
  };
  const killServer = async (index: number) => {
    for (let kill = index; kill < kills.servers; kill += 2) {
      await callsAgain();
      await servers.kill(index);
    }
  };
  await Promise.all([killServer(0), killServer(1)]);
  for (let kill = 0; kill < kills.crashes; kill++) await callsAgain().then(() => restart('SIGKILL'));
  for (let kill = 0; kill < kills.shutdowns; kill++) await callsAgain().then(() => restart('SIGQUIT'));
  await callsAgain();
  await traffic.stop();

  const client = await connect({ databaseUrl: url });
  const db: Sql = { sql: async (text, values = []) => (await client.query(text, values)).rows };
  const ongoing = async () => (await db.sql('SELECT FROM calls WHERE ended_at IS NULL')).length;
  await until('the last calls that nobody knows of have ended', async () => (await ongoing()) === 0);
  await servers.stop();
  assert.deepEqual(traffic.log.wrong, []);
  await assertAcknowledged(db, traffic.log);
  await assertWholeLives(db);
  const { calls: rows = 0, most: byRows = 0 } = (await mostOngoing(db, 'anna')) ?? {};
  return { log: traffic.log, rows, most: { byRows, acknowledged: mostAcknowledged(traffic.log, LEASE_MS) } };
}

async function prepare(databaseUrl: string, limit: number) {
  const client = await connect({ databaseUrl });
  const db: Sql = { sql: async (text, values = []) => (await client.query(text, values)).rows };
  const user = await insertUser(db, 'anna', limit);
  await insertNumber(db, user, CALLER);
  await db.sql(`INSERT INTO clients (id, name, metadata) VALUES ('one', 'One', '{}'), ('two', 'Two', '{}')`);
  const tokens = await Promise.all(['one', 'two'].map((application) => insertToken(db, user, application)));
  const servers = await startServers({
    DATABASE_URL: databaseUrl,
    SESSION_LEASE: String(LEASE_S),
    LOG_LEVEL: 'silent',
  });
  return { tokens, servers };
}

/** Checks that each acknowledged call has a row, and ended with exactly one event. */
async function assertAcknowledged(db: Sql, { calls }: CallLog): Promise<void> {
  const wrong = await db.sql(
    `SELECT acknowledged.id, c.state,
            (SELECT count(*) FROM call_events e WHERE e.call_id = acknowledged.id AND e.ended_by IS NOT NULL) AS endings
       FROM unnest($1::text[]) AS acknowledged (id)
       LEFT JOIN calls c USING (id)
      WHERE c.ended_at IS NULL
         OR (SELECT count(*) FROM call_events e WHERE e.call_id = acknowledged.id AND e.ended_by IS NOT NULL) <> 1`,
    [calls.map(({ id }) => id)],
  );
  assert.deepEqual(wrong, []);
  assert.ok(calls.every(({ endedAt }) => endedAt !== undefined));
}
