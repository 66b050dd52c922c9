import {
  type ErrorDeclaration,
  type ErrorStyle,
  RETRY_AFTER,
  RETRY_AFTER_SECONDS,
  retryAfter,
} from '../../platform/declared-error.ts';
import { DomainError, InvalidInput } from '../../platform/domain-error.ts';
import type { Refusal, RefusalReason } from '../phone-numbers/dialling-policy.ts';
import { RATE_LIMIT, rateLimitHeaders } from './rate-limit.ts';

/** An ongoing call that takes one of the user's places. */
export interface HoldingCall {
  readonly id: string;
  readonly callee: string;
  /** ISO 8601 */
  readonly createdAt: string;
  /** Whether the access token of the request gives access to the call. */
  readonly own: boolean;
}

/** The user has as many ongoing calls as the limit allows, whichever applications opened them. */
export class CallLimitReached extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'call_limit_reached',
    status: 409,
    camara: { status: 429, code: 'QUOTA_EXCEEDED', headers: RATE_LIMIT },
    description: 'The user has as many ongoing calls as their limit allows.',
    retry: 'when one of the ongoing calls has ended',
    details: {
      limit: { type: 'integer', minimum: 0, description: 'How many ongoing calls the user may have.' },
      ongoing: {
        type: 'array',
        description:
          'The calls that count. A call that the access token gives no access to has `createdAt` only.',
        items: {
          type: 'object',
          required: ['createdAt'],
          properties: {
            id: { type: 'string' },
            callee: { type: 'string', description: 'In E.164 form.' },
            createdAt: { type: 'string', format: 'date-time' },
          },
        },
      },
    },
  };

  readonly limit: number;

  constructor(limit: number, holding: readonly HoldingCall[]) {
    const calls = holding.map((call) =>
      call.own ? `${call.callee} (${call.id})` : `another application's call since ${call.createdAt}`,
    );
    const ongoing = holding.map(({ own, ...call }) => (own ? call : { createdAt: call.createdAt }));
    super(
      `The limit of ${limit} ongoing ${limit === 1 ? 'call' : 'calls'} is reached${calls.length > 0 ? `. Ongoing: ${calls.join(', ')}` : ''}.`,
      { limit, ongoing },
    );
    this.limit = limit;
  }

  override headers(style: ErrorStyle): Record<string, string> {
    return style === 'camara' ? rateLimitHeaders(this.limit, this.limit) : {};
  }
}

/** The user may have one more call, but the server's bounds on calls that cost money do not allow it yet. */
export abstract class CallTooSoon extends DomainError {
  readonly retryAfterSeconds: number;

  constructor(message: string, limit: number, retryAfterSeconds: number) {
    super(message, { limit, retryAfterSeconds });
    this.retryAfterSeconds = retryAfterSeconds;
  }

  override headers(): Record<string, string> {
    return retryAfter(this.retryAfterSeconds);
  }
}

/** The user has opened as many calls within a minute as the server allows, whichever applications asked. */
export class CallRateReached extends CallTooSoon {
  static readonly declaration: ErrorDeclaration = {
    code: 'call_rate_reached',
    status: 409,
    camara: { status: 429, code: 'TOO_MANY_REQUESTS' },
    description:
      'The user has opened as many calls within a minute as `CALLS_PER_MINUTE` allows (for calls that cost money).',
    headers: RETRY_AFTER,
    details: {
      limit: { type: 'integer', minimum: 0, description: 'How many calls the user may open per minute.' },
      ...RETRY_AFTER_SECONDS,
    },
  };

  constructor(callsPerMinute: number, retryAfterSeconds: number) {
    const calls = callsPerMinute === 1 ? '1 call' : `${callsPerMinute} calls`;
    super(
      `At most ${calls} may be opened within a minute. Try again in ${retryAfterSeconds} s.`,
      callsPerMinute,
      retryAfterSeconds,
    );
  }
}

/** The user has used the talk time that the server allows within 24 hours, or ongoing calls may still use it. */
export class TalkTimeSpent extends CallTooSoon {
  static readonly declaration: ErrorDeclaration = {
    code: 'talk_time_spent',
    status: 409,
    camara: { status: 429, code: 'QUOTA_EXCEEDED' },
    description:
      'The user has talked as long within 24 hours as `TALK_TIME_PER_DAY` allows, or ongoing calls may still use the rest (for calls that cost money).',
    headers: RETRY_AFTER,
    details: {
      limit: { type: 'integer', minimum: 0, description: 'How long the user may talk, in seconds.' },
      ...RETRY_AFTER_SECONDS,
    },
  };

  constructor(talkTimePerDay: number, retryAfterSeconds: number) {
    super(
      `The talk time of ${talkTimePerDay} s within 24 hours is used up or reserved for ongoing calls. Try again in ${retryAfterSeconds} s.`,
      talkTimePerDay,
      retryAfterSeconds,
    );
  }
}

const refusalDetails = {
  number: { type: 'string', description: 'The number that the dialling policy does not allow.' },
  reason: {
    type: 'string',
    description: 'Why: `emergency`, `premium`, `shared-cost`, `denied` or `not-allowed`.',
  },
};

/** The dialling policy does not allow the number that the call would go to. */
export class CalleeNotAllowed extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'callee_not_allowed',
    status: 403,
    camara: { status: 422, code: 'CALLEE_NOT_AVAILABLE' },
    description: 'The dialling policy does not allow the callee. `reason` says why.',
    details: refusalDetails,
  };

  constructor(refusal: Refusal) {
    super(`The callee ${refusal.number} ${refusals[refusal.reason]}.`, { ...refusal });
  }
}

/** The dialling policy does not allow the user's own number, which would ring first. */
export class CallerNotAllowed extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'caller_not_allowed',
    status: 403,
    camara: { status: 422, code: 'CALLER_NOT_AVAILABLE' },
    description: 'The dialling policy does not allow the caller. `reason` says why.',
    details: refusalDetails,
  };

  constructor(refusal: Refusal) {
    super(`The caller ${refusal.number} ${refusals[refusal.reason]}.`, { ...refusal });
  }
}

/** There is no such call, or the access token gives no access to it. */
export class CallNotFound extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'call_not_found',
    status: 404,
    classic: { status: 409 },
    camara: { code: 'NOT_FOUND' },
    description: "There is no such call, or it is another user's.",
    page: {
      title: 'There is no such call',
      advice: 'Check your list of calls. This one may have ended long ago.',
    },
  };

  constructor(id: string) {
    super(`There is no call "${id.slice(0, 64)}".`);
  }
}

/** The call has already ended: it can be neither ended nor renewed. */
export class CallEnded extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'call_ended',
    status: 409,
    camara: { code: 'ALREADY_EXISTS' },
    description: 'The call has already ended.',
  };

  constructor(id: string) {
    super(`The call "${id}" has already ended.`);
  }
}

/** The user has an ongoing call between the same two numbers. */
export class CallAlreadyOngoing extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'call_already_ongoing',
    status: 409,
    camara: { code: 'ALREADY_EXISTS' },
    description: 'The user already has an ongoing call between the same two numbers.',
    retry: 'when that call has ended',
  };

  constructor() {
    super('There is already an ongoing call between these two numbers.');
  }
}

/** The caller is not one of the user's own numbers; the user may have none. */
export class CallerNotOwn extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'caller_not_own',
    status: 403,
    camara: { code: 'INVALID_TOKEN_CONTEXT' },
    description: "The caller is not one of the user's own numbers.",
  };

  constructor(hasNone = false) {
    super(
      hasNone
        ? 'This user has no number to call from yet. An administrator can add one.'
        : "The caller must be one of the user's own numbers.",
    );
  }
}

export class SameCallerAndCallee extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'same_caller_and_callee',
    status: 400,
    camara: { status: 422, code: 'SAME_CALLER_CALLEE' },
    description: 'Caller and callee are the same number.',
  };

  constructor() {
    super('Caller and callee must be different numbers.');
  }
}

/** The carrier that would make the call cannot record it. */
export class RecordingNotSupported extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'recording_not_supported',
    status: 422,
    camara: { code: 'RECORDING_NOT_SUPPORTED' },
    description: 'The carrier of the call cannot record it.',
  };

  constructor() {
    super('Recording is not supported for this call.');
  }
}

/** There is nothing to listen to: not requested, not finished, or nothing was recorded. */
export class RecordingNotFound extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'recording_not_found',
    status: 404,
    camara: { code: 'NOT_FOUND' },
    description:
      'The request for the call did not ask for a recording, the call has not ended, or there was nothing to record.',
    retry: 'when the call has ended, if it is being recorded',
  };

  constructor() {
    super('There is no recording of this call.');
  }
}

/** In seconds. */
const RECORDING_RETRY_AFTER = 5;

/** The carrier that stores the recording cannot be reached. */
export class RecordingUnavailable extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'recording_unavailable',
    status: 503,
    camara: { code: 'UNAVAILABLE' },
    description: 'The carrier that stores the recording cannot be reached.',
    headers: RETRY_AFTER,
  };

  constructor(cause: unknown) {
    super('The recording is temporarily unavailable. Try again in a moment.', {}, { cause });
  }

  override headers(): Record<string, string> {
    return retryAfter(RECORDING_RETRY_AFTER);
  }
}

/** Only a call that its client keeps alive can be renewed. */
export class CallNotRenewable extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'call_not_renewable',
    status: 422,
    camara: { code: 'SERVICE_NOT_APPLICABLE' },
    description: 'A carrier keeps the call alive, so it need not be renewed.',
  };

  constructor() {
    super('This call need not be renewed: its carrier keeps it alive.');
  }
}

/** An earlier request with the same key was a different one. */
export class IdempotencyKeyReused extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'idempotency_key_reused',
    status: 422,
    camara: { code: 'IDEMPOTENCY_KEY_REUSED' },
    description: 'An earlier request with the same `Idempotency-Key` was a different one.',
  };

  constructor() {
    super('This Idempotency-Key was used for a different request. Use a new key for each call.');
  }
}

/** A number of seconds that is more than this server allows, or none at all. */
export class OutOfRange extends InvalidInput {
  static override readonly declaration: ErrorDeclaration = {
    ...InvalidInput.declaration,
    camara: { code: 'OUT_OF_RANGE' },
    description: 'A number of seconds is outside the range that this server allows.',
  };

  constructor(field: string, max: number) {
    super(field, `${field} must be a whole number of seconds from 1 to ${max}.`);
  }
}

/** The credential of a sink has a type that this server cannot present, or has expired. */
export class CredentialNotSupported extends InvalidInput {
  static override readonly declaration: ErrorDeclaration = {
    ...InvalidInput.declaration,
    camara: { code: 'INVALID_CREDENTIAL' },
    description: 'The type of `sinkCredential` is not `ACCESSTOKEN`, or its access token has expired.',
  };
}

export class CredentialExpired extends CredentialNotSupported {
  constructor() {
    super(
      'sinkCredential.accessTokenExpiresUtc',
      'sinkCredential.accessTokenExpiresUtc must be in the future.',
    );
  }
}

const refusals: Readonly<Record<RefusalReason, string>> = {
  emergency: 'is an emergency number, which applications cannot call; dial it on a phone',
  premium: 'is a premium-rate number, which this server does not call',
  'shared-cost': 'is a shared-cost number, which this server does not call',
  denied: 'is on the list of numbers that this server does not call',
  'not-allowed': 'is not on the list of numbers that this server calls',
};
