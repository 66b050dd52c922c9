import type { Queryable } from '../database/database.ts';
import type { DomainError } from '../domain-error.ts';
import { type PresentedToken, refusalError } from '../oauth/access-tokens/access-token.ts';
import { entitlementValues } from '../oauth/access-tokens/access-token-store.ts';
import type { Call, CallState } from './call.ts';
import {
  CallAlreadyOngoing,
  CallerNotOwn,
  CallLimitReached,
  CallRateReached,
  type HoldingCall,
  IdempotencyKeyReused,
  TalkTimeSpent,
} from './call-errors.ts';
import { CALL } from './call-row.ts';

/** What the request and the server's settings decide of a call; the database decides the rest. */
export interface NewCall {
  readonly id: string;
  /** E.164; undefined for the user's default number. */
  readonly caller: string | undefined;
  readonly callee: string;
  readonly state: CallState;
  readonly carrier: string;
  /** Whether somebody pays for it. */
  readonly costs: boolean;
  /** The node whose carrier holds the phones; undefined where nothing is signalled. */
  readonly nodeId: string | undefined;
  readonly ringTimeout: number;
  readonly timeLimit: number;
  readonly clientReference: string | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly recordingEnabled: boolean;
  readonly sink: NewSink | undefined;
}

export interface NewSink {
  readonly url: string;
  /** Sealed. */
  readonly token: Buffer | undefined;
  readonly tokenExpiresAt: Date | undefined;
}

export interface OpenTerms {
  /** Seconds after which the call ends unless it is renewed; undefined: the time limit alone counts. */
  readonly lease: number | undefined;
  /** Why the numbers may not be dialled, or the sink not be told, if so; no reason not to repeat an earlier answer. */
  readonly refusal: DomainError | undefined;
  /** Refuse a second call between the same two numbers. */
  readonly once: boolean;
  readonly idempotency: { readonly key: string; readonly fingerprint: Buffer } | undefined;
  /** How many calls that cost the user may open within a minute; undefined: any number, or this one costs nothing. */
  readonly callsPerMinute: number | undefined;
  /** Seconds that the user may talk within 24 hours in calls that cost; undefined likewise. */
  readonly talkTimePerDay: number | undefined;
}

export interface OpenedCall {
  /** As it was when it was opened. */
  readonly call: Call;
  readonly userId: string;
  /** The answer to an earlier request with the same Idempotency-Key. */
  readonly replayed: boolean;
  readonly limit: number;
  /** The user's ongoing calls, this one included. */
  readonly ongoing: number;
}

interface OpenedRow extends Call {
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

/**
 * Checks the token, decides the limit and inserts the call, in one round trip (open_call in migrations/).
 * @throws TokenInvalid, ScopeMissing, TokenWithoutUser, IdempotencyKeyReused, CallerNotOwn, what the terms refuse,
 * CallAlreadyOngoing, CallLimitReached, CallRateReached, TalkTimeSpent; the first of them, in this order
 */
export async function openCall(
  db: Queryable,
  token: PresentedToken,
  scopes: readonly string[],
  call: NewCall,
  terms: OpenTerms,
): Promise<OpenedCall> {
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
      ...entitlementValues(token, scopes),
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
  if (!row || row.refusal !== null) throw refusalOf(row, scopes, terms);
  const { refusal: _, replayed, limit, ongoingCalls, ongoing: __, retryAfter: ___, userId, ...opened } = row;
  return { call: opened, userId, replayed: replayed === true, limit, ongoing: ongoingCalls };
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
    sink_token: sink?.token && `\\x${sink.token.toString('hex')}`,
    sink_token_expires_at: sink?.tokenExpiresAt,
  };
}

function refusalOf(row: OpenedRow | undefined, scopes: readonly string[], terms: OpenTerms): DomainError {
  switch (row?.refusal) {
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
      return (row?.refusal === POLICY && terms.refusal) || refusalError(row?.refusal ?? '', scopes);
  }
}
