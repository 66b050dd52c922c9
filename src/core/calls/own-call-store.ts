import type { Queryable } from '../../platform/database/database.ts';
import {
  type Access,
  type CheckedRow,
  entitlementRecord,
  entitlementValues,
  requireEntitled,
} from '../tokens/access.ts';
import type { Call, CallChange } from './call.ts';
import { CALL, CHANGE } from './call-row.ts';

/**
 * A token with the scope `call` reaches all calls of its user. A token with a narrower scope reaches the calls that its
 * client opened. Every function here throws TokenInvalid, ScopeMissing or TokenWithoutUser if the token is not entitled.
 */
export const ENTITLED = `
  (SELECT refusal, user_id, client_id, user_name AS name, max_ongoing_calls, all_calls
     FROM token_entitlement($1, $2, $3, $4, $5)) u`;
export const REACHED = `c.user_id = u.user_id AND (u.all_calls OR c.client_id = u.client_id) AND c.stripped_at IS NULL AND u.refusal IS NULL`;

/** A zero byte, or a lone surrogate. */
const UNSTORABLE = /[\0\p{Cs}]/u;

export interface OwnLimits {
  readonly limit: number;
  /** Number of ongoing calls of the user, across all clients. */
  readonly ongoing: number;
}

export async function findOwnLimits(db: Queryable, access: Access): Promise<OwnLimits> {
  const [row] = await db.query<CheckedRow<OwnLimits>>(
    {
      name: 'own_limits',
      text: `SELECT u.refusal, u.max_ongoing_calls AS "limit",
                    (SELECT count(*)::integer FROM holding_calls(u.user_id)) AS ongoing
               FROM ${ENTITLED}`,
    },
    entitlementValues(access),
  );
  const { limit, ongoing } = requireEntitled(row, access);
  return { limit, ongoing };
}

/** A request to end a call, with a token. */
export interface EndRequest {
  readonly access: Access;
  readonly id: string;
}

/** The outcome of a request to end a call; the columns of the change are null when the statement did not end the call. */
export interface EndedRow extends CallChange {
  /** Of the token; null if it is entitled. */
  readonly refusal: string | null;
  readonly reached: boolean;
  /** Another transaction holds the lock on the user's row. */
  readonly locked: boolean;
}

/**
 * Ends calls in one round trip (end_own_calls in database/functions/).
 * @param requests each for another call
 * @param wait for locks; only with one request
 * @returns a row for each request, in their order
 */
export function endOwnCalls(
  db: Queryable,
  requests: readonly EndRequest[],
  wait: boolean,
): Promise<EndedRow[]> {
  return db.query<EndedRow>(
    {
      name: 'end_own_calls',
      ...(wait ? { locks: true } : { batch: true }),
      text: `SELECT e.refusal, e.reached, e.locked, ${CHANGE}
               FROM end_own_calls($1, $2) e, LATERAL (SELECT (e.ended).*) c
              ORDER BY e.n`,
    },
    [JSON.stringify(requests.map(recordOf)), wait],
  );
}

/** An id that PostgreSQL cannot store belongs to no call, and would fail the whole statement. */
function recordOf({ access, id }: EndRequest) {
  return { ...entitlementRecord(access), id: UNSTORABLE.test(id) ? null : id };
}

/**
 * @returns the change; `ended` if the call had already ended, undefined if the token does not reach the call
 * @throws TokenInvalid, ScopeMissing, TokenWithoutUser
 */
export function changeOf(row: EndedRow, access: Access): CallChange | 'ended' | undefined {
  const { refusal: _, reached, locked: __, ...change } = requireEntitled(row, access);
  if (!reached) return undefined;
  return change.callId === null ? 'ended' : change;
}

/**
 * Postpones the deadline of a call of the carrier `session`.
 * @param lease seconds from now
 * @returns the call, and whether it was renewed; undefined if the token does not reach the call
 */
export async function renewOwnCall(
  db: Queryable,
  access: Access,
  id: string,
  lease: number,
): Promise<{ call: Call; renewed: boolean } | undefined> {
  const [row] = await db.query<CheckedRow<Call & { renewed: boolean }>>(
    {
      name: 'renew_own_call',
      locks: true,
      text: `SELECT r.refusal, (r.renewed).id IS NOT NULL AS renewed, ${CALL}
               FROM renew_own_call($1, $2, $3, $4, $5, $6, $7) r,
                    -- an unset composite is a row of nulls, which coalesce() treats as a value
                    LATERAL (SELECT (CASE WHEN (r.renewed).id IS NULL THEN r.reached ELSE r.renewed END).*) c,
                    LATERAL (SELECT r.user_name AS name) u`,
    },
    [...entitlementValues(access), id, lease],
  );
  const { refusal: _, renewed, ...call } = requireEntitled(row, access);
  return call.id === null ? undefined : { call, renewed };
}
