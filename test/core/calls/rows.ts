import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { CallState } from '../../../src/core/calls/call.ts';
import { hashToken } from '../../../src/core/tokens/access-token.ts';
import { ADVISORY_LOCKS } from '../../../src/platform/database/advisory-locks.ts';
import type { TestApp } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import type { Sql } from './lives.ts';

/** A user who never signs in. @returns the id */
export async function insertUser({ sql }: Sql, name: string, limit = 10_000): Promise<string> {
  const [user] = await sql<{ id: string }>(
    `INSERT INTO users (name, password_hash, max_ongoing_calls) VALUES ($1, '', $2) RETURNING id`,
    [name, limit],
  );
  return user?.id ?? '';
}

/** The user's default number. */
export async function insertNumber({ sql }: Sql, userId: string, number: string): Promise<void> {
  await sql('INSERT INTO user_numbers (user_id, number, is_default) VALUES ($1, $2, true)', [userId, number]);
}

/** Inserts a token with which calls can be opened, without the pages. */
export async function insertToken({ sql }: Sql, userId: string, clientId: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await sql(
    `INSERT INTO access_tokens (hash, model, user_id, client_id, scopes, payload, expires_at)
     VALUES ($1, 'AccessToken', $2, $3, '{call}', '{}', now() + interval '1 hour')`,
    [hashToken(token), userId, clientId],
  );
  return token;
}

/** Inserts a token under a grant, like the authorization server. */
export async function insertGrantedToken(db: Sql, userId: string, clientId: string): Promise<string> {
  const token = await insertToken(db, userId, clientId);
  await db.sql(
    `INSERT INTO grants (user_id, client_id, scopes) VALUES ($1, $2, '{call}') ON CONFLICT DO NOTHING`,
    [userId, clientId],
  );
  await db.sql(
    `WITH walk AS (
       INSERT INTO authorizations (id, user_id, client_id, payload, expires_at)
       VALUES (gen_random_uuid()::text, $1, $2, '{}', now() + interval '1 hour') RETURNING id
     ) UPDATE access_tokens SET authorization_id = (SELECT id FROM walk) WHERE hash = $3`,
    [userId, clientId, hashToken(token)],
  );
  return token;
}

interface InsertedCalls {
  readonly state?: CallState;
  readonly carrier?: string;
  readonly recording?: boolean;
  /** Seconds from now; negative: in the past. */
  readonly deadline?: number;
}

/** Inserts ongoing calls in a state, with the event of their opening. @returns their ids */
export async function insertCalls(
  { sql }: Sql,
  userId: string,
  count: number,
  { state = 'connected', carrier = 'session', recording = false, deadline = 3600 }: InsertedCalls = {},
): Promise<string[]> {
  const [row] = await sql<{ ids: string[] }>(
    `WITH owner AS (SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE), opened AS (
       INSERT INTO calls (id, user_id, client_id, callee, state, carrier, ring_timeout, time_limit, deadline_at,
                          recording_enabled, created_at, connected_at)
       SELECT replace(gen_random_uuid()::text, '-', ''), owner.id, 'somebody', '+12025550100', $3, $4, 60, 3600,
              clock_timestamp() + $5 * interval '1 second', $6, start.at, CASE WHEN $3 = 'connected' THEN start.at END
         FROM owner, generate_series(1, $2), (SELECT clock_timestamp() AS at) start
       RETURNING calls AS call
     )
     SELECT array_agg((call).id) AS ids, append_call_events(array_agg(call)) FROM opened`,
    [userId, count, state, carrier, deadline, recording],
  );
  return row?.ids ?? [];
}

/** Runs the sweep of a node. */
export const SWEEP = `SELECT id FROM sweep_overdue_calls(200, ${ADVISORY_LOCKS.overdueCalls})`;

/** A connection without a lock timeout, for taking locks and for waiting for them. */
export async function connect({ databaseUrl }: Pick<TestApp, 'databaseUrl'>): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {}); // the database goes away at the end of the file
  await client.connect();
  afterFile(() => client.end());
  return client;
}
