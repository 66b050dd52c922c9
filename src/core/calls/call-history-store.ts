import type { Queryable } from '../../platform/database/database.ts';
import type { Listed, TimePosition } from '../../platform/database/paging.ts';
import { type Call, type DisconnectionReason, REASONS_BY_STATE, type TimelineEntry } from './call.ts';
import { CALL } from './call-row.ts';
import { type CallFilter, NEWEST_CALLS } from './call-store.ts';

/** A call must match all of these conditions. */
export interface HistoryFilter extends CallFilter {
  readonly userId?: string;
  readonly clientId?: string;
  readonly reason?: DisconnectionReason;
  readonly sipStatus?: number;
  readonly q850Cause?: number;
  readonly anyOf?: AnyOf;
}

/** A call must match at least one of these conditions. */
export interface AnyOf {
  readonly id?: string;
  /** The caller or the callee; E.164. */
  readonly number?: string;
  readonly clientReference?: string;
  readonly userId?: string;
}

/**
 * Lists calls of all users, newest first, by keyset. Each alternative condition becomes a scan of its own index (calls_… in
 * database/migrations/), in the order of that index, limited to the size of the page.
 */
export async function listCalls(
  db: Queryable,
  filter: HistoryFilter,
  size: number,
  after: TimePosition | undefined,
): Promise<Listed<Call>[]> {
  const { scans, values } = planScans(filter, size, after);
  if (scans.length === 0) return [];
  const selects = scans.map(
    (conditions) =>
      `(SELECT * FROM calls c WHERE ${conditions.join(' AND ')} ORDER BY ${NEWEST_CALLS.order} LIMIT $1)`,
  );
  return db.query<Listed<Call>>(
    {
      name: 'list_calls',
      search: true,
      text: `SELECT ${CALL}, ${NEWEST_CALLS.position} FROM (${selects.join(' UNION ')}) c JOIN users u ON u.id = c.user_id
              ORDER BY ${NEWEST_CALLS.order} LIMIT $1`,
    },
    values,
  );
}

/** Always true. PostgreSQL uses the partial index calls_newest only if a statement has this condition (database/migrations/). */
const ANY_CALL = "c.id <> ''";
const ONGOING = 'c.ended_at IS NULL';
const ENDED = 'c.ended_at IS NOT NULL';

interface ScanPlan {
  /** The conditions of each scan. */
  readonly scans: readonly (readonly string[])[];
  /** The values of the parameters; $1 is the size of the page. */
  readonly values: readonly unknown[];
}

function planScans(filter: HistoryFilter, size: number, after: TimePosition | undefined): ScanPlan {
  const builder = createConditionBuilder([size]);
  const { values } = builder;
  const { state, ongoing, reason, userId, clientId, caller, callee, anyOf } = filter;
  const endings = endingsOf(filter);
  const ended = endings !== undefined;
  const mayBeOngoing = ongoing !== false && !ended;
  const mayBeEnded = ongoing !== true && (ended || state === undefined);
  if (!mayBeOngoing && !mayBeEnded) return { values, scans: [] };

  const narrow = [userId, caller, callee, anyOf].some((each) => each !== undefined);
  const common = [...commonConditions(filter, builder, !ended || narrow), ...builder.behind(after)];
  if (anyOf === undefined && caller === undefined && callee === undefined && !ended) {
    const hasIndex = userId !== undefined || clientId !== undefined || !mayBeEnded;
    const period = [...(mayBeOngoing ? [] : [ENDED]), ...(mayBeEnded ? [] : [ONGOING])];
    return { values, scans: [[...common, ...period, ...(hasIndex ? [] : [ANY_CALL])]] };
  }

  const alternatives = anyOf
    ? anyOfConditions(anyOf, builder)
    : ended && !narrow
      ? endings.map((each) =>
          [...builder.equal('reason', each.reason), ...builder.equal('state', each.state)].join(' AND '),
        )
      : ['true'];
  if (alternatives.length === 0 || (reason !== undefined && endings?.length === 0))
    return { values, scans: [] };
  return {
    values,
    scans: [
      ...(mayBeOngoing ? [[ONGOING, `(${alternatives.join(' OR ')})`, ...common]] : []),
      ...(mayBeEnded ? alternatives.map((each) => [ENDED, each, ...common]) : []),
    ],
  };
}

/** The pairs of final state and reason that match the filter; undefined if the filter names neither. */
function endingsOf({ state, reason }: HistoryFilter) {
  if (reason === undefined && (state === undefined || !(state in REASONS_BY_STATE))) return undefined;
  return Object.entries(REASONS_BY_STATE)
    .filter(([finalState]) => state === undefined || finalState === state)
    .flatMap(([finalState, reasons]) => reasons.map((each) => ({ state: finalState, reason: each })))
    .filter((ending) => reason === undefined || ending.reason === reason);
}

/** Builds conditions, and collects the values of their parameters. */
interface ConditionBuilder {
  readonly values: readonly unknown[];
  /** Adds a value. @returns its placeholder */
  put(value: unknown): string;
  /** @returns no condition if the value is undefined */
  equal(column: string, value: string | number | undefined): string[];
  /** Repeats the condition of the partial index on callees, so that PostgreSQL uses it. */
  calleeIs(value: string | undefined): string[];
  behind(position: TimePosition | undefined): string[];
}

/** @param values the values of the first parameters */
function createConditionBuilder(values: unknown[]): ConditionBuilder {
  const put = (value: unknown) => `$${values.push(value)}`;
  return {
    values,
    put,
    equal: (column, value) => (value === undefined ? [] : [`c.${column} = ${put(value)}`]),
    calleeIs: (value) => (value === undefined ? [] : [`c.callee = ${put(value)} AND c.callee <> ''`]),
    behind: (position) =>
      position === undefined ? [] : [NEWEST_CALLS.behind(put(position.at), put(position.id))],
  };
}

function commonConditions(
  filter: HistoryFilter,
  { put, equal, calleeIs }: ConditionBuilder,
  withEnding: boolean,
) {
  const { from, to } = filter;
  return [
    ...equal('user_id', filter.userId),
    ...equal('client_id', filter.clientId),
    ...equal('caller', filter.caller),
    ...calleeIs(filter.callee),
    ...(withEnding ? [...equal('state', filter.state), ...equal('reason', filter.reason)] : []),
    ...equal('sip_status', filter.sipStatus),
    ...equal('q850_cause', filter.q850Cause),
    ...(from ? [`c.created_at >= ${put(from)}`] : []),
    ...(to ? [`c.created_at < ${put(to)}`] : []),
  ];
}

function anyOfConditions(anyOf: AnyOf, { equal, calleeIs }: ConditionBuilder): string[] {
  return [
    ...equal('id', anyOf.id),
    ...equal('caller', anyOf.number),
    ...calleeIs(anyOf.number),
    ...equal('client_reference', anyOf.clientReference),
    ...equal('user_id', anyOf.userId),
  ];
}

/** Lists the transitions of a call, in order. */
export function findTimeline(db: Queryable, callId: string): Promise<TimelineEntry[]> {
  return db.query<TimelineEntry>(
    {
      name: 'call_timeline',
      text: `SELECT seq::float8 AS sequence, state, reason, ended_by AS "endedBy", at
               FROM call_events WHERE call_id = $1 ORDER BY seq`,
    },
    [callId],
  );
}
