import assert from 'node:assert/strict';
import type { CallState } from '../../../src/core/calls/call.ts';
import type { TestApp } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';

export type Sql = Pick<TestApp, 'sql'>;

export interface Event {
  readonly state: CallState;
  readonly reason: string | null;
  readonly endedBy: string | null;
}

/** The events of one call, in order. */
export function eventsOf({ sql }: Sql, callId: string): Promise<Event[]> {
  return sql<Event & Record<string, unknown>>(
    `SELECT state, reason, ended_by AS "endedBy" FROM call_events WHERE call_id = $1 ORDER BY seq`,
    [callId],
  );
}

export async function statesOf(app: Sql, callId: string): Promise<CallState[]> {
  return (await eventsOf(app, callId)).map(({ state }) => state);
}

/** @param meanwhile advances the time for the carrier */
export function reached(
  app: Sql,
  callId: string,
  state: CallState,
  meanwhile: () => unknown = () => {},
): Promise<true> {
  return until(`${callId} ${state}`, async () => {
    const there = (await statesOf(app, callId)).includes(state);
    if (!there) meanwhile();
    return there;
  });
}

export interface Ending extends Event {
  readonly connectedAt: Date | null;
  readonly endedAt: Date;
}

/** @param meanwhile advances the time for the carrier */
export function ending({ sql }: Sql, callId: string, meanwhile: () => unknown = () => {}): Promise<Ending> {
  return until(
    `the end of ${callId}`,
    async () => {
      const [call] = await sql<Ending & Record<string, unknown>>(
        `SELECT state, reason, ended_by AS "endedBy", connected_at AS "connectedAt", ended_at AS "endedAt"
           FROM calls WHERE id = $1 AND ended_at IS NOT NULL`,
        [callId],
      );
      if (!call) meanwhile();
      return call;
    },
    12,
  );
}

/** State, reason and `endedBy` as text. */
export function inWords({ state, reason, endedBy }: Event): string {
  return reason === null ? state : `${state}: ${reason}, by ${endedBy}`;
}

/**
 * Asserts the invariants of every call: its events advance and end with its state; an ended call has exactly one ending, the last
 * event; a user's events are numbered without gaps, and ordered by time.
 */
export async function assertWholeLives({ sql }: Sql): Promise<void> {
  const wrong = await sql(
    `WITH steps AS (
       SELECT *, array_position(ARRAY['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected'],
                                replace(state, 'failed', 'disconnected')) AS step
         FROM call_events
     ), ordered AS (
       SELECT *, lag(step) OVER (PARTITION BY call_id ORDER BY seq) AS before FROM steps
     ), lives AS (
       SELECT call_id, array_agg(state ORDER BY seq) AS states, bool_and(before IS NULL OR before < step) AS forward,
              count(*) FILTER (WHERE reason IS NOT NULL) AS endings
         FROM ordered GROUP BY call_id
     )
     SELECT c.id, c.state, c.reason, l.*
       FROM calls c
       LEFT JOIN lives l ON l.call_id = c.id
       LEFT JOIN LATERAL (SELECT * FROM call_events e WHERE e.call_id = c.id ORDER BY seq DESC LIMIT 1) last ON true
      WHERE l.call_id IS NULL OR NOT forward OR endings <> CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END
         OR (last.state, last.reason, last.ended_by) IS DISTINCT FROM (c.state, c.reason, c.ended_by)
         OR ended_at < coalesce(connected_at, created_at) OR ('connected' = ANY (states)) <> (connected_at IS NOT NULL)`,
  );
  assert.deepEqual(wrong, []);
  const miscounted = await sql(
    `WITH ordered AS (SELECT *, lag(at) OVER (PARTITION BY user_id ORDER BY seq) AS before FROM call_events)
     SELECT u.name, u.last_event_seq, count(e.seq), max(e.seq), bool_or(e.at < e.before) AS earlier
       FROM users u LEFT JOIN ordered e ON e.user_id = u.id
      GROUP BY u.id
     HAVING u.last_event_seq <> count(e.seq) OR coalesce(max(e.seq), 0) <> count(e.seq) OR bool_or(e.at < e.before)`,
  );
  assert.deepEqual(miscounted, []);
}

/** The maximum number of a user's calls that overlap, by the rows. A call that ends when another starts does not overlap it. */
export async function mostOngoing(
  { sql }: Sql,
  user: string,
): Promise<{ calls: number; most: number } | undefined> {
  const [row] = await sql<{ calls: number; most: number }>(
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
