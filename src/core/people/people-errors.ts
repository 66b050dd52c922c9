import { DomainError } from '../../platform/domain-error.ts';

export class UserNotFound extends DomainError {
  constructor(name: string) {
    super(`There is no user "${name}".`);
  }
}

export class UserExists extends DomainError {
  constructor(name: string) {
    super(`There is a user "${name}" already.`);
  }
}

/** An administrator would shut themself out. */
export class DisablingOneself extends DomainError {
  constructor(act: 'disable' | 'erase' = 'disable') {
    super(`You cannot ${act} yourself: another administrator can.`);
  }
}

/** A sign-in that was tried and refused; trying again may help. */
export abstract class SignInRefused extends DomainError {}

/** The name or the password is wrong, or the user is disabled: which one is not said. */
export class CredentialsRefused extends SignInRefused {
  constructor() {
    super('The user name or the password is not right.');
  }
}

/** Somebody who is signed in gave another password than their own, where it was asked for once more. */
export class PasswordRefused extends SignInRefused {
  constructor() {
    super('The current password is not right.');
  }
}

export class TooManySignIns extends SignInRefused {
  readonly retryAfterSeconds: number;
  /** The first that was refused for this since they were counted. */
  readonly first: boolean;

  constructor(retryAfterSeconds: number, first: boolean) {
    super(`Too many wrong passwords. Try again in ${Math.ceil(retryAfterSeconds / 60)} minutes.`, {
      retryAfterSeconds,
    });
    this.retryAfterSeconds = retryAfterSeconds;
    this.first = first;
  }
}
