import { DomainError, InvalidInput } from '../../platform/domain-error.ts';
import type { Refusal, RefusalReason } from '../phone-numbers/dialling-policy.ts';

/** An ongoing call that takes one of the user's places. */
export interface HoldingCall {
  readonly id: string;
  readonly callee: string;
  /** ISO 8601 */
  readonly createdAt: string;
  /** Whether the token that asked reaches the call. */
  readonly own: boolean;
}

/** The user has as many ongoing calls as the limit allows, whichever applications opened them. */
export class CallLimitReached extends DomainError {
  readonly limit: number;

  /** Of calls that the token does not reach only the time is told. */
  constructor(limit: number, holding: readonly HoldingCall[]) {
    const names = holding.map((call) =>
      call.own ? `${call.callee} (${call.id})` : `one of another application, since ${call.createdAt}`,
    );
    const ongoing = holding.map(({ own, ...call }) => (own ? call : { createdAt: call.createdAt }));
    super(
      `The limit of ${limit} ongoing ${limit === 1 ? 'call' : 'calls'} is reached${names.length > 0 ? `; ongoing: ${names.join(', ')}` : ''}.`,
      { limit, ongoing },
    );
    this.limit = limit;
  }
}

/** The user may have one more call, but the server's bounds on calls that cost money say: not yet. */
export abstract class CallTooSoon extends DomainError {
  readonly retryAfterSeconds: number;

  constructor(message: string, limit: number, retryAfterSeconds: number) {
    super(message, { limit, retryAfterSeconds });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The user has opened as many calls within a minute as the server lets one user open, whichever applications asked. */
export class CallRateReached extends CallTooSoon {
  constructor(callsPerMinute: number, retryAfterSeconds: number) {
    const calls = callsPerMinute === 1 ? '1 call' : `${callsPerMinute} calls`;
    super(
      `No more than ${calls} may be opened within a minute; the next in ${retryAfterSeconds} s.`,
      callsPerMinute,
      retryAfterSeconds,
    );
  }
}

/** The user has talked as long within 24 hours as the server lets one user talk, or ongoing calls may still do so. */
export class TalkTimeSpent extends CallTooSoon {
  constructor(talkTimePerDay: number, retryAfterSeconds: number) {
    super(
      `The talk time of ${talkTimePerDay} s within 24 hours is spent, or held by ongoing calls; some may be free again in ${retryAfterSeconds} s.`,
      talkTimePerDay,
      retryAfterSeconds,
    );
  }
}

/** The dialling policy refuses the number that the call would go to. */
export class CalleeNotAllowed extends DomainError {
  constructor(refusal: Refusal) {
    super(`The callee ${refusal.number} ${refusals[refusal.reason]}.`, { ...refusal });
  }
}

/** The dialling policy refuses the user's own number, which would ring first. */
export class CallerNotAllowed extends DomainError {
  constructor(refusal: Refusal) {
    super(`The caller ${refusal.number} ${refusals[refusal.reason]}.`, { ...refusal });
  }
}

/** No such call, or not one that the token reaches. */
export class CallNotFound extends DomainError {
  constructor(id: string) {
    super(`There is no call "${id.slice(0, 64)}".`);
  }
}

/** The call has ended already: there is nothing to end or to renew. */
export class CallEnded extends DomainError {
  constructor(id: string) {
    super(`The call "${id}" has ended already.`);
  }
}

/** The user has an ongoing call between the same two numbers. */
export class CallAlreadyOngoing extends DomainError {
  constructor() {
    super('An active call between these two numbers exists already.');
  }
}

/** The number to call from is not among the user's own; perhaps they have none at all. */
export class CallerNotOwn extends DomainError {
  constructor(hasNone = false) {
    super(
      hasNone
        ? 'This user has no number to call from yet. An administrator gives them one.'
        : 'The caller must be a number that this user may call from.',
    );
  }
}

export class SameCallerAndCallee extends DomainError {
  constructor() {
    super('Caller and callee are the same number.');
  }
}

/** The carrier that would make the call cannot record it. */
export class RecordingNotSupported extends DomainError {
  constructor() {
    super('Recording is not supported for this call.');
  }
}

/** There is nothing to listen to: not asked for, not over yet, or nothing was recorded. */
export class RecordingNotFound extends DomainError {
  constructor() {
    super('There is no recording of this call.');
  }
}

/** The carrier that keeps the recording cannot be reached. */
export class RecordingUnavailable extends DomainError {
  constructor(cause: unknown) {
    super('The recording cannot be fetched right now. Try again in a moment.', {}, { cause });
  }
}

/** Only a call that nothing but its client keeps alive can be renewed. */
export class CallNotRenewable extends DomainError {
  constructor() {
    super('This call is held by its carrier: it goes on without being renewed.');
  }
}

/** The key came before, with another request. */
export class IdempotencyKeyReused extends DomainError {
  constructor() {
    super('This Idempotency-Key was used before, for another request: use a new one for each call.');
  }
}

/** A number of seconds beyond what this server allows. */
export class OutOfRange extends InvalidInput {
  constructor(field: string, most: number) {
    super(field, `${field} must be a whole number of seconds from 1 to ${most}`);
  }
}

/** A sink's credential of a type that nobody can present, or that has expired already. */
export class CredentialNotSupported extends InvalidInput {}

export class CredentialExpired extends CredentialNotSupported {
  constructor() {
    super('sinkCredential.accessTokenExpiresUtc', 'The access token in sinkCredential has expired already');
  }
}

const refusals: Readonly<Record<RefusalReason, string>> = {
  emergency: 'is an emergency number, which no application can call: dial it on a phone',
  premium: 'is a premium-rate number, which this server does not call',
  'shared-cost': 'is a shared-cost number, which this server does not call',
  denied: 'is among the numbers that this server does not call',
  'not-allowed': 'is not among the numbers that this server calls',
};
