import type { Queryable } from '../../platform/database/database.ts';
import { ENTITLED, REACHED } from '../calls/own-call-store.ts';
import { type Access, type CheckedRow, entitlementValues, requireEntitled } from '../tokens/access.ts';
import type { PresentedToken } from '../tokens/access-token.ts';
import type { CallEvent } from './call-event.ts';
import { EVENT } from './event-row.ts';

/** The user and client of a stream, and the event after which it starts. */
export interface StreamStart {
  readonly userId: string;
  readonly clientId: string;
  /** The sequence number of an event, in digits; 0 is before the first. */
  readonly cursor: string;
}

/**
 * @param after sequence number to start after; undefined, or beyond the last event: start after the last event
 * @throws TokenInvalid, ScopeMissing, TokenWithoutUser
 */
export async function findStreamStart(
  db: Queryable,
  access: Access,
  after: string | undefined,
): Promise<StreamStart> {
  const [row] = await db.query<CheckedRow<StreamStart>>(
    {
      name: 'stream_start',
      text: `SELECT t.refusal, t.user_id AS "userId", t.client_id AS "clientId",
                    least($6::bigint, u.last_event_seq)::text AS cursor
               FROM token_entitlement($1, $2, $3, $4, $5) t LEFT JOIN users u ON u.id = t.user_id`,
    },
    [...entitlementValues(access), after ?? null],
  );
  const { refusal: _, ...start } = requireEntitled(row, access);
  return start;
}

/**
 * All events of a call, oldest first.
 * @returns undefined if the token does not reach the call
 * @throws TokenInvalid, ScopeMissing, TokenWithoutUser
 */
export async function findEventsOfCall(
  db: Queryable,
  access: Access,
  callId: string,
): Promise<readonly CallEvent[] | undefined> {
  const rows = await db.query<CheckedRow<CallEvent & { reached: boolean }>>(
    {
      name: 'events_of_call',
      text: `SELECT u.refusal, c.id IS NOT NULL AS reached, ${EVENT}
               FROM ${ENTITLED}
               LEFT JOIN calls c ON c.id = $6 AND ${REACHED}
               LEFT JOIN call_events e ON e.call_id = c.id
              ORDER BY e.seq`,
    },
    [...entitlementValues(access), callId],
  );
  if (!requireEntitled(rows[0], access).reached) return undefined;
  return rows.filter(({ id }) => id !== null).map(({ refusal: _, reached: __, ...event }) => event);
}

/** The position of an open stream. */
export interface StreamPosition {
  readonly token: PresentedToken;
  readonly cursor: string;
}

/** A stream that has new events, or whose token is no longer valid. */
export interface StreamUpdate {
  /** Index in `positions`, from 0. */
  readonly index: number;
  readonly ended: boolean;
}

/** Checks many streams in one statement. */
export function findStreamUpdates(
  db: Queryable,
  scopes: readonly string[],
  positions: readonly StreamPosition[],
): Promise<StreamUpdate[]> {
  return db.query<StreamUpdate>(
    {
      name: 'stream_updates',
      text: `SELECT (s.number - 1)::integer AS index, t.refusal IS NOT NULL AS ended
               FROM unnest($1::bytea[], $2::text[], $3::boolean[], $4::text[], $5::bigint[])
                    WITH ORDINALITY AS s (hash, jkt, in_query, resource, cursor, number)
              CROSS JOIN LATERAL token_entitlement(s.hash, s.jkt, s.in_query, s.resource, $6) t
               LEFT JOIN users u ON u.id = t.user_id
              WHERE t.refusal IS NOT NULL OR u.last_event_seq > s.cursor`,
    },
    [
      positions.map(({ token }) => token.hash),
      positions.map(({ token }) => token.proofKeyThumbprint),
      positions.map(({ token }) => token.inQuery),
      positions.map(({ token }) => token.resource),
      positions.map(({ cursor }) => cursor),
      scopes,
    ],
  );
}
