import { DomainError } from '../domain-error.ts';

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

/** No such call, or not this user's. */
export class CallNotFound extends DomainError {
  constructor(id: string) {
    super(`There is no call "${id.slice(0, 64)}".`);
  }
}
