import type { Queryable } from '../../platform/database/database.ts';
import { type Listed, newestFirst, type TimePosition } from '../../platform/database/paging.ts';
import { type Access, type CheckedRow, entitlementValues, requireEntitled } from '../tokens/access.ts';
import type { Call, CallState } from './call.ts';
import { CALL } from './call-row.ts';
import { ENTITLED, REACHED } from './own-call-store.ts';

/** Finds a call of any user. */
export async function findCall(db: Queryable, id: string): Promise<Call | undefined> {
  const [call] = await db.query<Call>(
    { name: 'call', text: `SELECT ${CALL} FROM calls c JOIN users u ON u.id = c.user_id WHERE c.id = $1` },
    [id],
  );
  return call;
}

export interface CallFilter {
  readonly state?: CallState;
  readonly ongoing?: boolean;
  /** E.164 */
  readonly caller?: string;
  /** E.164 */
  readonly callee?: string;
  /** Opened at or after. */
  readonly from?: Date;
  /** Opened before. */
  readonly to?: Date;
}

/** Whether this is the query for ongoing calls, which applications repeat often. */
export function filtersOnlyByOngoing({ ongoing, ...further }: CallFilter): boolean {
  return ongoing === true && Object.values(further).every((value) => value === undefined);
}

export const NEWEST_CALLS = newestFirst('calls', { time: 'c.created_at', id: 'c.id' }, /^\w+$/);

/** Lists the calls that a token may read, newest first, by keyset. @throws TokenInvalid, ScopeMissing, TokenWithoutUser */
export async function listOwnCalls(
  db: Queryable,
  access: Access,
  filter: CallFilter,
  size: number,
  after: TimePosition | undefined,
): Promise<Listed<Call>[]> {
  const { name, text, values } = buildConditions(filter, after, [...entitlementValues(access), size]);
  const rows = await db.query<CheckedRow<Listed<Call>>>(
    {
      name: `list_own_calls ${name}`,
      text: `SELECT u.refusal, ${CALL}, ${NEWEST_CALLS.position}
               FROM ${ENTITLED}
               LEFT JOIN LATERAL (SELECT * FROM calls c WHERE ${REACHED} AND ${text} ORDER BY ${NEWEST_CALLS.order} LIMIT $6) c
                 ON true
              ORDER BY ${NEWEST_CALLS.order}`,
    },
    values,
  );
  requireEntitled(rows[0], access);
  return rows.filter((row) => row.id !== null).map(({ refusal: _, ...call }) => call);
}

/**
 * Builds the statement from the given filters only. Each combination is prepared under its own name, so that each has its
 * own plan.
 */
function buildConditions(
  filter: CallFilter,
  after: TimePosition | undefined,
  firstValues: readonly unknown[],
) {
  const values: unknown[] = [...firstValues];
  const names: string[] = [];
  const conditions: string[] = ['true'];
  const add = (condition: string, name: string, ...parameters: unknown[]) => {
    if (parameters[0] === undefined) return;
    names.push(name);
    conditions.push(condition.replace(/\?/g, () => `$${values.push(parameters.shift())}`));
  };
  add('c.state = ?', 'state', filter.state);
  if (filter.ongoing !== undefined) {
    names.push(filter.ongoing ? 'ongoing' : 'ended');
    conditions.push(`c.ended_at IS ${filter.ongoing ? '' : 'NOT '}NULL`);
  }
  add('c.caller = ?', 'caller', filter.caller);
  add('c.callee = ?', 'callee', filter.callee);
  add('c.created_at >= ?', 'from', filter.from);
  add('c.created_at < ?', 'to', filter.to);
  add(NEWEST_CALLS.behind('?', '?'), 'after', after?.at, after?.id);
  return { name: names.join(' '), text: conditions.join(' AND '), values };
}

export interface OngoingCount {
  readonly state: CallState;
  readonly carrier: string;
  readonly calls: number;
}

/** Counts the ongoing calls of all nodes. */
export function countOngoingCalls(db: Queryable): Promise<OngoingCount[]> {
  return db.query<OngoingCount>({
    name: 'count_ongoing',
    text: 'SELECT state, carrier, count(*)::integer AS calls FROM calls WHERE ended_at IS NULL GROUP BY 1, 2',
  });
}
