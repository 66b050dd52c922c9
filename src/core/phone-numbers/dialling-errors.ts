import type { DeclaredError, ErrorDeclaration } from '../../platform/declared-error.ts';
import { DomainError } from '../../platform/domain-error.ts';
import type { Refusal, RefusalReason } from './dialling-policy.ts';

const refusals: Readonly<Record<RefusalReason, string>> = {
  emergency: 'is an emergency number, which applications cannot call; dial it on a phone',
  premium: 'is a premium-rate number, which this server does not call',
  'shared-cost': 'is a shared-cost number, which this server does not call',
  denied: 'is on the list of numbers that this server does not call',
  'not-allowed': 'is not on the list of numbers that this server calls',
};

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
    camara: { status: 422, code: 'CLICK_TO_DIAL.CALLEE_NOT_AVAILABLE' },
    description: 'The dialling policy does not allow the callee.',
    details: refusalDetails,
  };

  static override sample(): DeclaredError {
    return new CalleeNotAllowed({ number: '+900123456', reason: 'premium' });
  }

  constructor(refusal: Refusal) {
    super(`The callee ${refusal.number} ${refusals[refusal.reason]}.`, { ...refusal });
  }
}

/** The dialling policy does not allow the user's own number, which would ring first. */
export class CallerNotAllowed extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'caller_not_allowed',
    status: 403,
    camara: { status: 422, code: 'CLICK_TO_DIAL.CALLER_NOT_AVAILABLE' },
    description: 'The dialling policy does not allow the caller.',
    details: refusalDetails,
  };

  static override sample(): DeclaredError {
    return new CallerNotAllowed({ number: '+447700900000', reason: 'not-allowed' });
  }

  constructor(refusal: Refusal) {
    super(`The caller ${refusal.number} ${refusals[refusal.reason]}.`, { ...refusal });
  }
}
