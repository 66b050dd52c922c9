import { type ErrorDeclaration, RETRY_AFTER, RETRY_AFTER_SECONDS } from '../../platform/declared-error.ts';
import { DomainError } from '../../platform/domain-error.ts';
import { SignInRefused, TooManyAttempts } from '../people/people-errors.ts';

/** The code or the passkey is not one of the user's, or was already used. */
export class SecondFactorRefused extends SignInRefused {
  static readonly declaration: ErrorDeclaration = {
    code: 'second_factor_refused',
    status: 403,
    description: "The code or the passkey is not the user's, or was already used.",
  };
}

export class TooManySecondFactors extends TooManyAttempts {
  static readonly declaration: ErrorDeclaration = {
    code: 'too_many_second_factors',
    status: 429,
    description: 'There were too many wrong codes or passkeys.',
    headers: RETRY_AFTER,
    details: RETRY_AFTER_SECONDS,
  };

  constructor(retryAfterSeconds: number, first: boolean) {
    super('wrong codes or passkeys', retryAfterSeconds, first);
  }
}

export class SecondFactorLimitReached extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'second_factor_limit_reached',
    status: 409,
    description: 'The user has as many second factors as a user may have.',
    retry: 'when one of them has been removed',
    details: {
      limit: { type: 'integer', minimum: 0, description: 'How many second factors a user may have.' },
    },
  };

  constructor(limit: number) {
    super(`You already have ${limit} second factors. Remove one first.`, { limit });
  }
}
