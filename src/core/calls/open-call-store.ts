import type { Queryable } from '../../platform/database/database.ts';
import type { DomainError } from '../../platform/domain-error.ts';
import { asBytea, entitlementRecord, entitlementValues } from '../tokens/access.ts';
import { refusalError } from '../tokens/token-errors.ts';
import type { Call } from './call.ts';
import { CallAlreadyOngoing, CallerNotOwn, IdempotencyKeyReused } from './call-errors.ts';
import { CALL } from './call-row.ts';
import { CallLimitReached, CallRateReached, type HoldingCall, TalkTimeSpent } from './limit-errors.ts';
import type { NewCall, OpenedCall, Opening, OpenTerms } from './opening.ts';

/** What became of a request: a call, or why not. */
export interface OpenedRow extends Call {
  readonly refusal: string | null;
  readonly replayed: boolean | null;
  readonly userId: string;
  readonly limit: number;
  readonly ongoingCalls: number;
  readonly ongoing: HoldingCall[] | null;
  /** Seconds. */
  readonly retryAfter: number | null;
}

const POLICY = 'policy';

/** Checks the token, decides the limit and inserts the call, in one round trip (open_call in database/functions/). */
export async function openOne(db: Queryable, { token, scopes, call, terms }: Opening): Promise<OpenedRow> {
  const [row] = await db.query<OpenedRow>(
    {
      name: 'open_call',
      locks: true,
      text: `SELECT o.refusal, o.replayed, o.max_ongoing_calls AS "limit", o.ongoing_calls AS "ongoingCalls", o.ongoing,
                    o.retry_after AS "retryAfter", c.user_id AS "userId", ${CALL}
               FROM open_call($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) o,
                    LATERAL (SELECT (o.opened).*) c, LATERAL (SELECT o.user_name AS name) u`,
    },
    [
      ...entitlementValues({ token, scopes }),
      JSON.stringify(columnsOf(call)),
      terms.lease ?? null,
      terms.refusal ? POLICY : null,
      terms.once,
      terms.idempotency?.key ?? null,
      terms.idempotency?.fingerprint ?? null,
      terms.callsPerMinute ?? null,
      terms.talkTimePerDay ?? null,
    ],
  );
  return row as OpenedRow;
}

/** Whether `openMany` can open it. */
export function isCommon({ terms }: Opening): boolean {
  return (
    terms.idempotency === undefined &&
    terms.callsPerMinute === undefined &&
    terms.talkTimePerDay === undefined
  );
}

/**
 * The same for many requests, which wait for nobody's lock (open_calls in database/functions/).
 * @returns a row for each, in their order; beside what refuses, `refusal` may be `again` or `locked`
 */
export function openMany(db: Queryable, openings: readonly Opening[]): Promise<OpenedRow[]> {
  const requests = openings.map(({ token, scopes, call, terms }) => ({
    ...entitlementRecord({ token, scopes }),
    policy: terms.refusal && POLICY,
    once: terms.once,
    lease: terms.lease,
    ...columnsOf(call),
  }));
  return db.query<OpenedRow>(
    {
      name: 'open_calls',
      batch: true,
      text: `SELECT o.refusal, NULL AS replayed, o.max_ongoing_calls AS "limit", o.ongoing_calls AS "ongoingCalls", o.ongoing,
                    NULL AS "retryAfter", c.user_id AS "userId", ${CALL}
               FROM open_calls($1) o, LATERAL (SELECT (o.opened).*) c, LATERAL (SELECT o.user_name AS name) u
              ORDER BY o.n`,
    },
    [JSON.stringify(requests)],
  );
}

/**
 * @throws TokenInvalid, ScopeMissing, TokenWithoutUser, IdempotencyKeyReused, CallerNotOwn, what the terms refuse,
 * CallAlreadyOngoing, CallLimitReached, CallRateReached, TalkTimeSpent; the first of them, in this order
 */
export function openedCall(row: OpenedRow, { scopes, terms }: Opening): OpenedCall {
  if (row.refusal !== null) throw refusalOf(row, scopes, terms);
  const { refusal: _, replayed, limit, ongoingCalls, ongoing: __, retryAfter: ___, userId, ...call } = row;
  return { call, userId, replayed: replayed === true, limit, ongoing: ongoingCalls };
}

function columnsOf({ sink, ...call }: NewCall) {
  return {
    id: call.id,
    caller: call.caller,
    callee: call.callee,
    state: call.state,
    carrier: call.carrier,
    costs: call.costs,
    node_id: call.nodeId,
    ring_timeout: call.ringTimeout,
    time_limit: call.timeLimit,
    client_reference: call.clientReference,
    metadata: call.metadata,
    recording_enabled: call.recordingEnabled,
    sink: sink?.url,
    sink_token: sink?.token && asBytea(sink.token),
    sink_token_expires_at: sink?.tokenExpiresAt,
  };
}

function refusalOf(row: OpenedRow, scopes: readonly string[], terms: OpenTerms): DomainError {
  switch (row.refusal) {
    case 'idempotency_key_reused':
      return new IdempotencyKeyReused();
    case 'caller_not_own':
      return new CallerNotOwn();
    case 'call_already_ongoing':
      return new CallAlreadyOngoing();
    case 'call_limit_reached':
      return new CallLimitReached(row.limit, row.ongoing ?? []);
    case 'call_rate_reached':
      return new CallRateReached(terms.callsPerMinute ?? 0, row.retryAfter ?? 1);
    case 'talk_time_spent':
      return new TalkTimeSpent(terms.talkTimePerDay ?? 0, row.retryAfter ?? 1);
    default:
      return (row.refusal === POLICY && terms.refusal) || refusalError(row.refusal ?? '', scopes);
  }
}
