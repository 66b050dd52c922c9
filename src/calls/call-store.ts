import type { Queryable } from '../database/database.ts';
import { type PresentedToken, refusalError } from '../oauth/access-tokens/access-token.ts';
import { entitlementValues } from '../oauth/access-tokens/access-token-store.ts';
import type { Call, CallState, EndedBy } from './call.ts';
import { CallLimitReached, type HoldingCall } from './call-errors.ts';

const CALL = `
  c.id, u.name AS "userName", c.client_id AS "clientId", c.caller, c.callee, c.state, c.reason,
  c.ended_by AS "endedBy", c.created_at AS "createdAt", c.connected_at AS "connectedAt", c.ended_at AS "endedAt"`;

interface OpenedRow {
  readonly refusal: string | null;
  readonly max_ongoing_calls: number;
  readonly ongoing: HoldingCall[];
}

/**
 * Checks the token, decides the limit and inserts the call, in one round trip (open_call in migrations/).
 * @throws CallLimitReached, TokenInvalid, ScopeMissing, TokenWithoutUser
 */
export async function insertCall(
  db: Queryable,
  token: PresentedToken,
  scopes: readonly string[],
  call: { id: string; callee: string },
): Promise<void> {
  const [row] = await db.query<OpenedRow>(
    {
      name: 'open_call',
      locks: true,
      text: 'SELECT refusal, max_ongoing_calls, ongoing FROM open_call($1, $2, $3, $4, $5, $6)',
    },
    [...entitlementValues(token, scopes), call.id, call.callee],
  );
  if (row?.refusal === 'call_limit_reached') throw new CallLimitReached(row.max_ongoing_calls, row.ongoing);
  if (!row || row.refusal !== null) throw refusalError(row?.refusal ?? '', scopes);
}

/**
 * Ends the token's user's call, unless it has ended already.
 * @returns whether the user has such a call, ended now or before
 * @throws TokenInvalid, ScopeMissing, TokenWithoutUser
 */
export async function endOwnCall(
  db: Queryable,
  token: PresentedToken,
  scopes: readonly string[],
  id: string,
): Promise<boolean> {
  const [row] = await db.query<{ refusal: string | null; found: boolean }>(
    {
      name: 'end_own_call',
      text: `WITH entitled AS MATERIALIZED (SELECT * FROM token_entitlement($1, $2, $3, $4)),
                  ended AS (UPDATE calls c
                               SET state = 'disconnected', reason = 'hangUp', ended_by = 'client', ended_at = clock_timestamp()
                              FROM entitled e
                             WHERE e.refusal IS NULL AND c.id = $5 AND c.user_id = e.user_id AND c.ended_at IS NULL)
             SELECT e.refusal, EXISTS (SELECT 1 FROM calls c WHERE c.id = $5 AND c.user_id = e.user_id) AS found
               FROM entitled e`,
    },
    [...entitlementValues(token, scopes), id],
  );
  if (!row || row.refusal !== null) throw refusalError(row?.refusal ?? '', scopes);
  return row.found;
}

/** Ends any call, unless it has ended already. @returns whether there is such a call, ended now or before */
export async function endCall(db: Queryable, id: string, endedBy: EndedBy): Promise<boolean> {
  const [row] = await db.query<{ found: boolean }>(
    {
      name: 'end_call',
      text: `WITH ended AS (UPDATE calls
                               SET state = 'disconnected', reason = 'hangUp', ended_by = $2, ended_at = clock_timestamp()
                             WHERE id = $1 AND ended_at IS NULL)
             SELECT EXISTS (SELECT 1 FROM calls WHERE id = $1) AS found`,
    },
    [id, endedBy],
  );
  return row?.found === true;
}

type EntitledRow = Call & { readonly refusal: string | null };

/** @throws TokenInvalid, ScopeMissing, TokenWithoutUser */
export async function findOwnCall(
  db: Queryable,
  token: PresentedToken,
  scopes: readonly string[],
  id: string,
): Promise<Call | undefined> {
  const [call] = await ownCalls(
    db,
    'own_call',
    'c.id = $5',
    [...entitlementValues(token, scopes), id],
    scopes,
  );
  return call;
}

/** Oldest first. @throws TokenInvalid, ScopeMissing, TokenWithoutUser */
export function findOwnOngoingCalls(
  db: Queryable,
  token: PresentedToken,
  scopes: readonly string[],
): Promise<Call[]> {
  return ownCalls(db, 'own_ongoing_calls', 'c.ended_at IS NULL', entitlementValues(token, scopes), scopes);
}

async function ownCalls(
  db: Queryable,
  name: string,
  condition: string,
  values: readonly unknown[],
  scopes: readonly string[],
): Promise<Call[]> {
  const rows = await db.query<EntitledRow>(
    {
      name,
      text: `SELECT u.refusal, ${CALL}
               FROM (SELECT refusal, user_id, user_name AS name FROM token_entitlement($1, $2, $3, $4)) u
               LEFT JOIN calls c ON c.user_id = u.user_id AND ${condition} AND u.refusal IS NULL
              ORDER BY c.created_at, c.id`,
    },
    values,
  );
  const [first] = rows;
  if (!first || first.refusal !== null) throw refusalError(first?.refusal ?? '', scopes);
  return rows.filter((row) => row.id !== null).map(({ refusal: _, ...call }) => call);
}

export async function findCall(db: Queryable, id: string): Promise<Call | undefined> {
  const [call] = await db.query<Call>(
    { name: 'call', text: `SELECT ${CALL} FROM calls c JOIN users u ON u.id = c.user_id WHERE c.id = $1` },
    [id],
  );
  return call;
}

/** Where a page of the newest-first list goes on: the last call of the page before. */
export interface CallPosition {
  /** Microseconds since 1970, in digits: a JavaScript date would cut them to milliseconds. */
  readonly createdAt: string;
  readonly id: string;
}

export interface CallFilter {
  readonly userName?: string;
  readonly clientId?: string;
  readonly state?: CallState;
  readonly ongoing?: boolean;
  /** Opened at or after. */
  readonly from?: Date;
  /** Opened before. */
  readonly to?: Date;
  readonly after?: CallPosition;
}

export type ListedCall = Call & { readonly position: string };

/**
 * Newest first, by keyset. The statement is put together from the conditions present, each combination prepared under
 * its own name, so that each has a plan of its own.
 */
export function listCalls(db: Queryable, filter: CallFilter, size: number): Promise<ListedCall[]> {
  const values: unknown[] = [size];
  const used: string[] = [];
  const conditions: string[] = [];
  const when = (condition: string, name: string, ...given: unknown[]) => {
    if (given[0] === undefined) return;
    used.push(name);
    conditions.push(condition.replace(/\?/g, () => `$${values.push(given.shift())}`));
  };
  when('c.user_id = (SELECT id FROM users WHERE lower(name) = lower(?))', 'user', filter.userName);
  when('c.client_id = ?', 'client', filter.clientId);
  when('c.state = ?', 'state', filter.state);
  when('(c.ended_at IS NULL) = ?', 'ongoing', filter.ongoing);
  when('c.created_at >= ?', 'from', filter.from);
  when('c.created_at < ?', 'to', filter.to);
  when(
    `(c.created_at, c.id) < (timestamptz 'epoch' + ?::bigint * interval '1 microsecond', ?)`,
    'after',
    filter.after?.createdAt,
    filter.after?.id,
  );
  return db.query<ListedCall>(
    {
      name: `list_calls ${used.join(' ')}`,
      text: `SELECT ${CALL}, (extract(epoch FROM c.created_at) * 1000000)::bigint::text AS position
               FROM calls c JOIN users u ON u.id = c.user_id
              ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
              ORDER BY c.created_at DESC, c.id DESC LIMIT $1`,
    },
    values,
  );
}
