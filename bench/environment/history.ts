import type { BenchDatabase } from './database.ts';
import { insertInBatches, loadCalls } from './load-calls.ts';

/**
 * The number of different users, callees and clients in a history of any length. Even in the shortest history, each of them has
 * more than a page of calls.
 */
export const HISTORY = { users: 200, callees: 400, clients: 10, callsPerReference: 25 };

/** Adds the calls of two years. The users must exist. */
export async function addHistory(database: BenchDatabase, calls: number): Promise<void> {
  const { sql } = database;
  await loadCalls(database, () =>
    insertInBatches(calls, (from, to) => insertCalls(database, from, to, calls)),
  );
  await sql('VACUUM ANALYZE calls');
  await sql('CHECKPOINT');
}

/** Each hundred calls have all kinds of endings; 1 % of the last 10,000 calls are ongoing. */
async function insertCalls({ sql }: BenchDatabase, from: number, to: number, calls: number): Promise<void> {
  await sql(
    `INSERT INTO calls (id, user_id, client_id, caller, callee, state, reason, ended_by, created_at, connected_at, ended_at,
                        carrier, ring_timeout, time_limit, deadline_at, client_reference)
     SELECT md5('history ' || n), md5('person ' || person)::uuid, 'client-' || client, '+1202555' || lpad(person::text, 4, '0'),
            '+1313555' || lpad(callee::text, 4, '0'),
            CASE WHEN is_ongoing THEN 'connected' WHEN kind < 80 THEN 'disconnected' ELSE 'failed' END,
            CASE WHEN is_ongoing THEN NULL WHEN kind < 65 THEN 'hangUp' WHEN kind < 75 THEN 'calleeBusy' WHEN kind < 78 THEN 'callerBusy'
                 WHEN kind < 80 THEN 'callerAbandon' WHEN kind < 93 THEN 'calleeNoAnswer' WHEN kind < 97 THEN 'callerNoAnswer'
                 WHEN kind < 98 THEN 'callerFailure' WHEN kind < 99 THEN 'calleeFailure' ELSE 'other' END,
            CASE WHEN is_ongoing THEN NULL ELSE 'carrier' END,
            at, CASE WHEN is_ongoing OR kind < 65 THEN at END, CASE WHEN is_ongoing THEN NULL ELSE at + interval '1 minute' END,
            'session', 60, 14400, now() + interval '4 hours', 'ticket-' || n / $4::integer
       FROM generate_series($1::integer, $2::integer) n,
            LATERAL (SELECT (hashint4extended(n, 1) & 1023) * $5::integer / 1024 AS person,
                            (hashint4extended(n, 2) & 1023) * $6::integer / 1024 AS callee,
                            (hashint4extended(n, 3) & 1023) * $7::integer / 1024 AS client,
                            n % 100 AS kind, n % 100 = 0 AND n > $3::integer - 10000 AS is_ongoing,
                            now() - interval '2 years' * (1 - n::float8 / $3::integer) AS at) AS call`,
    [from, to, calls, HISTORY.callsPerReference, HISTORY.users, HISTORY.callees, HISTORY.clients],
  );
}

/** Finds the position of the call that has `older` older calls, for a page token. */
export async function findPosition(
  { sql }: BenchDatabase,
  older: number,
): Promise<{ id: string; position: string }> {
  const [position] = await sql<{ id: string; position: string }>(
    `SELECT id, (extract(epoch FROM created_at) * 1000000)::bigint::text AS position
       FROM calls WHERE id <> '' ORDER BY created_at, id OFFSET $1 LIMIT 1`,
    [older],
  );
  if (!position) throw new Error(`the history is shorter than ${older} calls`);
  return position;
}
