import type { Queryable } from '../../platform/database/database.ts';
import type { DomainError } from '../../platform/domain-error.ts';
import { asBytea, entitlementRecord } from '../tokens/access.ts';
import { refusalError } from '../tokens/token-errors.ts';
import type { Call } from './call.ts';
import { CallAlreadyOngoing, CallerNotOwn, IdempotencyKeyReused } from './call-errors.ts';
import { CALL, HAS_RECEIVERS } from './call-row.ts';
import { CallLimitReached, CallRateReached, type HoldingCall, TalkTimeSpent } from './limit-errors.ts';
import type { NewCall, OpenedCall, OpenRequest, OpenTerms } from './new-call.ts';

/** The outcome of a request to open a call; the columns of the call are null when there is none. */
export interface OpenedRow extends Call {
  /** Of open_calls: `opened`, `replay`, `again`, `locked`, or why decide_calls refuses the call. */
  readonly decision: string;
  readonly userId: string;
  readonly sipAddress: string | null;
  readonly limit: number;
  readonly ongoingCalls: number;
  readonly holding: HoldingCall[] | null;
  /** Seconds. */
  readonly retryAfter: number | null;
  readonly hasReceivers: boolean;
}

const POLICY = 'policy';

/**
 * Checks the tokens, decides the limits and inserts the calls, in one round trip (open_calls in database/functions/).
 * @param wait for locks; only with one request
 * @returns a row for each request, in their order
 */
export function openCalls(
  db: Queryable,
  requests: readonly OpenRequest[],
  wait: boolean,
): Promise<OpenedRow[]> {
  return db.query<OpenedRow>(
    {
      name: 'open_calls',
      ...(wait ? { locks: true } : { batch: true }),
      text: `SELECT o.decision, o.max_ongoing_calls AS "limit", o.ongoing_calls AS "ongoingCalls", o.holding,
                    o.retry_after AS "retryAfter", c.user_id AS "userId", r.*, ${CALL}
               FROM open_calls($1, $2) o, LATERAL (SELECT (o.call).*) c, LATERAL (SELECT o.user_name AS name) u,
                    LATERAL (SELECT ${HAS_RECEIVERS}, CASE WHEN c.node_id IS NOT NULL THEN (
                               SELECT sip_address FROM users WHERE id = c.user_id) END AS "sipAddress") r
              ORDER BY o.n`,
    },
    [JSON.stringify(requests.map(recordOf)), wait],
  );
}

/**
 * @throws TokenInvalid, ScopeMissing, TokenWithoutUser, IdempotencyKeyReused, CallerNotOwn, what the terms refuse,
 * CallAlreadyOngoing, CallLimitReached, CallRateReached, TalkTimeSpent; the first of them, in this order.
 * Error for a decision of a newer version's function that this version does not know
 */
export function openedCall(row: OpenedRow, { scopes, terms }: OpenRequest): OpenedCall {
  const {
    decision,
    limit,
    ongoingCalls: ongoing,
    holding: _,
    retryAfter: __,
    userId,
    sipAddress,
    hasReceivers,
    ...call
  } = row;
  if (decision !== 'opened' && decision !== 'replay') throw refusalOf(row, scopes, terms);
  return { call, userId, sipAddress, replayed: decision === 'replay', limit, ongoing, hasReceivers };
}

function recordOf({ token, scopes, call, terms }: OpenRequest) {
  return {
    ...entitlementRecord({ token, scopes }),
    key: terms.idempotency?.key,
    fingerprint: terms.idempotency && asBytea(terms.idempotency.fingerprint),
    policy: terms.refusal && POLICY,
    once: terms.once,
    calls_per_minute: terms.callsPerMinute,
    talk_time: terms.talkTimePerDay,
    lease: terms.lease,
    ...columnsOf(call),
  };
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
    sink_correlator: sink?.correlator,
  };
}

function refusalOf(row: OpenedRow, scopes: readonly string[], terms: OpenTerms): DomainError {
  switch (row.decision) {
    case 'idempotency_key_reused':
      return new IdempotencyKeyReused();
    case 'caller_not_own':
      return new CallerNotOwn();
    case 'call_already_ongoing':
      return new CallAlreadyOngoing();
    case 'call_limit_reached':
      return new CallLimitReached(row.limit, row.holding ?? []);
    case 'call_rate_reached':
      return new CallRateReached(terms.callsPerMinute ?? 0, row.retryAfter ?? 1);
    case 'talk_time_spent':
      return new TalkTimeSpent(terms.talkTimePerDay ?? 0, row.retryAfter ?? 1);
    default:
      return (row.decision === POLICY && terms.refusal) || refusalError(row.decision, scopes);
  }
}
