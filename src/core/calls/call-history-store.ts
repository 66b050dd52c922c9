import type { Queryable } from '../../platform/database/database.ts';
import type { Listed, TimePosition } from '../../platform/database/paging.ts';
import { type Call, type DisconnectionReason, REASONS_OF_STATES, type TimelineEntry } from './call.ts';
import { CALL } from './call-row.ts';
import { type CallFilter, NEWEST_CALLS } from './call-store.ts';

/** What the history is narrowed down to; all of it has to fit. */
export interface HistoryFilter extends CallFilter {
  readonly userId?: string;
  readonly clientId?: string;
  readonly reason?: DisconnectionReason;
  readonly anyOf?: AnyOf;
}

/** Any one of these has to fit. */
export interface AnyOf {
  readonly id?: string;
  /** The caller or the callee; E.164. */
  readonly number?: string;
  readonly clientReference?: string;
  readonly userId?: string;
}

/**
 * Newest first, by keyset; of all users. Each way to a call that has an index (calls_… in database/migrations/) is looked through by
 * itself, in the order of that index, and no further than the page is long.
 */
export async function listCalls(
  db: Queryable,
  filter: HistoryFilter,
  size: number,
  after: TimePosition | undefined,
): Promise<Listed<Call>[]> {
  const { ways, values } = waysTo(filter, size, after);
  if (ways.length === 0) return [];
  const looks = ways.map(
    (way) => `(SELECT * FROM calls c WHERE ${way.join(' AND ')} ORDER BY ${NEWEST_CALLS.order} LIMIT $1)`,
  );
  return db.query<Listed<Call>>(
    {
      name: 'list_calls',
      search: true,
      text: `SELECT ${CALL}, ${NEWEST_CALLS.position} FROM (${looks.join(' UNION ')}) c JOIN users u ON u.id = c.user_id
              ORDER BY ${NEWEST_CALLS.order} LIMIT $1`,
    },
    values,
  );
}

/** Always true; the index calls_newest is only used by statements that say it (database/migrations/). */
const ANY = "c.id <> ''";
const ONGOING = 'c.ended_at IS NULL';
const ENDED = 'c.ended_at IS NOT NULL';

interface Ways {
  /** The conditions of each. */
  readonly ways: readonly (readonly string[])[];
  /** Of the parameters, the page's size first. */
  readonly values: readonly unknown[];
}

function waysTo(filter: HistoryFilter, size: number, after: TimePosition | undefined): Ways {
  const parameters = parametersAfter([size]);
  const { values } = parameters;
  const { state, ongoing, reason, userId, clientId, caller, callee, anyOf } = filter;
  const outcomes = outcomesOf(filter);
  const ended = outcomes !== undefined;
  const mayBeOngoing = ongoing !== false && !ended;
  const mayBeEnded = ongoing !== true && (ended || state === undefined);
  if (!mayBeOngoing && !mayBeEnded) return { values, ways: [] };

  const narrow = [userId, caller, callee, anyOf].some((each) => each !== undefined);
  const common = [...commonConditions(filter, parameters, !ended || narrow), ...parameters.behind(after)];
  if (anyOf === undefined && caller === undefined && callee === undefined && !ended) {
    const served = userId !== undefined || clientId !== undefined || !mayBeEnded;
    const which = [...(mayBeOngoing ? [] : [ENDED]), ...(mayBeEnded ? [] : [ONGOING])];
    return { values, ways: [[...common, ...which, ...(served ? [] : [ANY])]] };
  }

  const alternatives = anyOf
    ? anyOfConditions(anyOf, parameters)
    : ended && !narrow
      ? outcomes.map((each) =>
          [...parameters.equal('reason', each.reason), ...parameters.equal('state', each.state)].join(
            ' AND ',
          ),
        )
      : ['true'];
  if (alternatives.length === 0 || (reason !== undefined && outcomes?.length === 0))
    return { values, ways: [] };
  return {
    values,
    ways: [
      ...(mayBeOngoing ? [[ONGOING, `(${alternatives.join(' OR ')})`, ...common]] : []),
      ...(mayBeEnded ? alternatives.map((each) => [ENDED, each, ...common]) : []),
    ],
  };
}

/** Ends that the filter asks for; undefined when it asks for none. */
function outcomesOf({ state, reason }: HistoryFilter) {
  const asked = Object.entries(REASONS_OF_STATES)
    .filter(([each]) => state === undefined || each === state)
    .flatMap(([each, reasons]) => reasons.map((of) => ({ state: each, reason: of })))
    .filter((each) => reason === undefined || each.reason === reason);
  return reason === undefined && (state === undefined || !(state in REASONS_OF_STATES)) ? undefined : asked;
}

type Parameters = ReturnType<typeof parametersAfter>;

function parametersAfter(values: unknown[]) {
  const put = (value: unknown) => `$${values.push(value)}`;
  return {
    values,
    put,
    equal: (column: string, value: string | undefined): string[] =>
      value === undefined ? [] : [`c.${column} = ${put(value)}`],
    /** Says what the index on callees leaves out. */
    calleeIs: (value: string | undefined): string[] =>
      value === undefined ? [] : [`c.callee = ${put(value)} AND c.callee <> ''`],
    behind: (position: TimePosition | undefined): string[] =>
      position === undefined ? [] : [NEWEST_CALLS.behind(put(position.at), put(position.id))],
  };
}

function commonConditions(filter: HistoryFilter, { put, equal, calleeIs }: Parameters, outcome: boolean) {
  const { from, to } = filter;
  return [
    ...equal('user_id', filter.userId),
    ...equal('client_id', filter.clientId),
    ...equal('caller', filter.caller),
    ...calleeIs(filter.callee),
    ...(outcome ? [...equal('state', filter.state), ...equal('reason', filter.reason)] : []),
    ...(from ? [`c.created_at >= ${put(from)}`] : []),
    ...(to ? [`c.created_at < ${put(to)}`] : []),
  ];
}

function anyOfConditions(anyOf: AnyOf, { equal, calleeIs }: Parameters): string[] {
  return [
    ...equal('id', anyOf.id),
    ...equal('caller', anyOf.number),
    ...calleeIs(anyOf.number),
    ...equal('client_reference', anyOf.clientReference),
    ...equal('user_id', anyOf.userId),
  ];
}

/** The life of a call, from its opening on. */
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
