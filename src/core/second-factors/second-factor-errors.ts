import { DomainError } from '../../platform/domain-error.ts';
import { SignInRefused } from '../people/people-errors.ts';

/** The code or the passkey is not one of the user's, or has been used. */
export class SecondFactorRefused extends SignInRefused {
  constructor(message: string) {
    super(message);
  }
}

export class TooManySecondFactors extends SignInRefused {
  readonly retryAfterSeconds: number;
  /** The first that was refused for this since they were counted. */
  readonly first: boolean;

  constructor(retryAfterSeconds: number, first: boolean) {
    super(`Too many wrong codes or passkeys. Try again in ${Math.ceil(retryAfterSeconds / 60)} minutes.`, {
      retryAfterSeconds,
    });
    this.retryAfterSeconds = retryAfterSeconds;
    this.first = first;
  }
}

export class SecondFactorLimitReached extends DomainError {
  constructor(limit: number) {
    super(`You have ${limit} second factors already: remove one first.`, { limit });
  }
}
