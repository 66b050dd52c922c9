import {
  type DeclaredError,
  type ErrorDeclaration,
  type ErrorStyle,
  RETRY_AFTER,
  RETRY_AFTER_SECONDS,
  retryAfter,
} from '../../platform/declared-error.ts';
import { DomainError } from '../../platform/domain-error.ts';
import { LIMIT_HEADERS, limitHeaders } from './limit-headers.ts';

/** An ongoing call that counts towards the user's limit. */
export interface HoldingCall {
  readonly id: string;
  readonly callee: string;
  /** RFC 3339, UTC, with milliseconds. */
  readonly createdAt: string;
  /** Whether the access token of the request gives access to the call. */
  readonly own: boolean;
}

/** The user has as many ongoing calls as the limit allows, across all applications. */
export class CallLimitReached extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'call_limit_reached',
    status: 429,
    classic: { status: 409 },
    camara: { code: 'QUOTA_EXCEEDED' },
    problem: { headers: LIMIT_HEADERS },
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

  static override sample(): DeclaredError {
    return new CallLimitReached(1, [
      {
        id: '6c1f8a1f0a5f4c1d9e2b7a3c5d4e6f70',
        callee: '+12025550133',
        createdAt: '2026-01-31T08:30:00.000Z',
        own: true,
      },
    ]);
  }

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
    return style === 'problem' ? limitHeaders(this.limit, this.limit) : {};
  }
}

/** The server's limits on calls that cost money do not allow another call yet. */
abstract class CallTooSoon extends DomainError {
  readonly retryAfterSeconds: number;

  constructor(message: string, limit: number, retryAfterSeconds: number) {
    super(message, { limit, retryAfterSeconds });
    this.retryAfterSeconds = retryAfterSeconds;
  }

  override headers(): Record<string, string> {
    return retryAfter(this.retryAfterSeconds);
  }
}

/** The user has opened as many calls within a minute as the server allows, across all applications. */
export class CallRateReached extends CallTooSoon {
  static readonly declaration: ErrorDeclaration = {
    code: 'call_rate_reached',
    status: 429,
    classic: { status: 409 },
    camara: { code: 'TOO_MANY_REQUESTS' },
    description:
      'The user has opened as many calls within a minute as `CALLS_PER_MINUTE` allows (for calls that cost money).',
    headers: RETRY_AFTER,
    details: {
      limit: { type: 'integer', minimum: 0, description: 'How many calls the user may open per minute.' },
      ...RETRY_AFTER_SECONDS,
    },
  };

  static override sample(): DeclaredError {
    return new CallRateReached(5, 12);
  }

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
    status: 429,
    classic: { status: 409 },
    camara: { code: 'QUOTA_EXCEEDED' },
    description:
      'The user has talked as long within 24 hours as `TALK_TIME_PER_DAY` allows, or ongoing calls may still use the rest (for calls that cost money).',
    headers: RETRY_AFTER,
    details: {
      limit: { type: 'integer', minimum: 0, description: 'How long the user may talk, in seconds.' },
      ...RETRY_AFTER_SECONDS,
    },
  };

  static override sample(): DeclaredError {
    return new TalkTimeSpent(7200, 3600);
  }

  constructor(talkTimePerDay: number, retryAfterSeconds: number) {
    super(
      `The talk time of ${talkTimePerDay} s within 24 hours is used up or reserved for ongoing calls. Try again in ${retryAfterSeconds} s.`,
      talkTimePerDay,
      retryAfterSeconds,
    );
  }
}
