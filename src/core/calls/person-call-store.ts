import type { Queryable } from '../../platform/database/database.ts';
import type { Listed, TimePosition } from '../../platform/database/paging.ts';
import type { Call } from './call.ts';
import { OUTCOMES } from './call-outcome.ts';
import { CALL } from './call-row.ts';
import { NEWEST_CALLS } from './call-store.ts';

export const PERSON_OUTCOMES = ['ongoing', ...OUTCOMES] as const;

/** The outcome of a call, or `ongoing`. */
export type PersonOutcome = (typeof PERSON_OUTCOMES)[number];

/** A call as its user sees it. */
export interface PersonCall extends Call {
  /** The name of the application that opened the call, or its id if the application was removed. */
  readonly clientName: string;
  readonly outcome: PersonOutcome;
}

const OUTCOME = `
  CASE WHEN c.ended_at IS NULL THEN 'ongoing' ELSE call_outcome(c.connected_at IS NOT NULL, c.reason) END`;
const PERSON_CALL = `
  SELECT ${CALL}, coalesce(a.name, c.client_id) AS "clientName", ${OUTCOME} AS outcome, ${NEWEST_CALLS.position}
    FROM calls c JOIN users u ON u.id = c.user_id LEFT JOIN clients a ON a.id = c.client_id`;

export interface PersonCallFilter {
  readonly clientId?: string | undefined;
  readonly outcome?: PersonOutcome | undefined;
  /** Opened at or after. */
  readonly from?: Date | undefined;
  /** Opened before. */
  readonly to?: Date | undefined;
}

export async function findPersonCall(
  db: Queryable,
  userId: string,
  id: string,
): Promise<PersonCall | undefined> {
  const [call] = await db.query<PersonCall>(
    { name: 'person_call', text: `${PERSON_CALL} WHERE c.id = $2 AND c.user_id = $1` },
    [userId, id],
  );
  return call;
}

/** Lists ongoing calls, newest first. */
export function listPersonOngoingCalls(db: Queryable, userId: string, limit: number): Promise<PersonCall[]> {
  return db.query<PersonCall>(
    {
      name: 'person_ongoing_calls',
      text: `${PERSON_CALL} WHERE c.user_id = $1 AND c.ended_at IS NULL ORDER BY ${NEWEST_CALLS.order} LIMIT $2`,
    },
    [userId, limit],
  );
}

/** Lists calls, newest first, by keyset. Every filter uses the index of the user's calls. */
export function listPersonCalls(
  db: Queryable,
  userId: string,
  filter: PersonCallFilter,
  size: number,
  after: TimePosition | undefined,
): Promise<Listed<PersonCall>[]> {
  const { clientId = null, outcome = null, from = null, to = null } = filter;
  return db.query<Listed<PersonCall>>(
    {
      name: 'person_calls',
      text: `${PERSON_CALL}
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
export function countPersonCalls(db: Queryable, userId: string, limit: number): Promise<ClientCallCount[]> {
  return db.query<ClientCallCount>(
    {
      name: 'count_person_calls',
      text: `SELECT client_id AS "clientId", count(*)::integer AS calls, max(created_at) AS "lastAt"
               FROM (SELECT client_id, created_at FROM calls WHERE user_id = $1
                      ORDER BY created_at DESC, id DESC LIMIT $2) newest
              GROUP BY client_id`,
    },
    [userId, limit],
  );
}
