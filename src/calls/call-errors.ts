import { DomainError } from '../domain-error.ts';
import type { Refusal, RefusalReason } from './dialling-policy.ts';

/** An ongoing call that takes one of the user's places. */
export interface HoldingCall {
  readonly id: string;
  readonly callee: string;
  /** ISO 8601 */
  readonly createdAt: string;
}

/** The user has as many ongoing calls as the limit allows, whichever applications opened them. */
export class CallLimitReached extends DomainError {
  constructor(limit: number, ongoing: readonly HoldingCall[]) {
    const holding = ongoing.map((call) => `${call.callee} (${call.id})`).join(', ');
    super(
      `The limit of ${limit} ongoing ${limit === 1 ? 'call' : 'calls'} is reached${holding && `; ongoing: ${holding}`}.`,
      { limit, ongoing },
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

/** No such call, or not this user's. */
export class CallNotFound extends DomainError {
  constructor(id: string) {
    super(`There is no call "${id.slice(0, 64)}".`);
  }
}

const refusals: Readonly<Record<RefusalReason, string>> = {
  emergency: 'is an emergency number, which no application can call: dial it on a phone',
  premium: 'is a premium-rate number, which this server does not call',
  'shared-cost': 'is a shared-cost number, which this server does not call',
  denied: 'is among the numbers that this server does not call',
  'not-allowed': 'is not among the numbers that this server calls',
};
