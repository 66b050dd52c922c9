import type { Queryable } from '../../platform/database/database.ts';
import type { Listed, TimePosition } from '../../platform/database/paging.ts';
import type { Call } from './call.ts';
import { OUTCOMES } from './call-outcome.ts';
import { CALL } from './call-row.ts';
import { NEWEST_CALLS } from './call-store.ts';

export const USER_CALL_OUTCOMES = ['ongoing', ...OUTCOMES] as const;

/** The outcome of a call, or `ongoing`. */
export type UserCallOutcome = (typeof USER_CALL_OUTCOMES)[number];

/** A call as its user sees it. */
export interface UserCall extends Call {
  /** The name of the application that opened the call, or its id if the application was removed. */
  readonly clientName: string;
  readonly outcome: UserCallOutcome;
}

const OUTCOME = `
  CASE WHEN c.ended_at IS NULL THEN 'ongoing' ELSE call_outcome(c.connected_at IS NOT NULL, c.reason) END`;
const USER_CALL = `
  SELECT ${CALL}, coalesce(a.name, c.client_id) AS "clientName", ${OUTCOME} AS outcome, ${NEWEST_CALLS.position}
    FROM calls c JOIN users u ON u.id = c.user_id LEFT JOIN clients a ON a.id = c.client_id`;

export interface UserCallFilter {
  readonly clientId?: string | undefined;
  readonly outcome?: UserCallOutcome | undefined;
  /** Opened at or after. */
  readonly from?: Date | undefined;
  /** Opened before. */
  readonly to?: Date | undefined;
}

export async function findUserCall(db: Queryable, userId: string, id: string): Promise<UserCall | undefined> {
  const [call] = await db.query<UserCall>(
    { name: 'user_call', text: `${USER_CALL} WHERE c.id = $2 AND c.user_id = $1` },
    [userId, id],
  );
  return call;
}

/** Lists ongoing calls, newest first. */
export function listOngoingUserCalls(db: Queryable, userId: string, limit: number): Promise<UserCall[]> {
  return db.query<UserCall>(
    {
      name: 'ongoing_user_calls',
      text: `${USER_CALL} WHERE c.user_id = $1 AND c.ended_at IS NULL ORDER BY ${NEWEST_CALLS.order} LIMIT $2`,
    },
    [userId, limit],
  );
}

/** Lists calls, newest first, by keyset. Every filter uses the index of the user's calls. */
export function listUserCalls(
  db: Queryable,
  userId: string,
  filter: UserCallFilter,
  size: number,
  after: TimePosition | undefined,
): Promise<Listed<UserCall>[]> {
  const { clientId = null, outcome = null, from = null, to = null } = filter;
  return db.query<Listed<UserCall>>(
    {
      name: 'user_calls',
      text: `${USER_CALL}
              WHERE c.user_id = $1
                AND ($3::text IS NULL OR c.client_id = $3)
                AND ($4::text IS NULL OR ${OUTCOME} = $4)
                AND ($5::timestamptz IS NULL OR c.created_at >= $5)
                AND ($6::timestamptz IS NULL OR c.created_at < $6)
                AND ($7::bigint IS NULL OR ${NEWEST_CALLS.behind('$7', '$8')})
              ORDER BY ${NEWEST_CALLS.order} LIMIT $2`,
    },
    [userId, size, clientId, outcome, from, to, after?.at ?? null, after?.id ?? null],
  );
}

export interface ClientCallCount {
  readonly clientId: string;
  readonly calls: number;
  readonly lastAt: Date;
}

/** Counts the user's newest calls, by the application that opened them. */
export function countUserCalls(db: Queryable, userId: string, limit: number): Promise<ClientCallCount[]> {
  return db.query<ClientCallCount>(
    {
      name: 'count_user_calls',
      text: `SELECT client_id AS "clientId", count(*)::integer AS calls, max(created_at) AS "lastAt"
               FROM (SELECT client_id, created_at FROM calls WHERE user_id = $1
                      ORDER BY created_at DESC, id DESC LIMIT $2) newest
              GROUP BY client_id`,
    },
    [userId, limit],
  );
}
