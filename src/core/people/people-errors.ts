import {
  type DeclaredError,
  type ErrorDeclaration,
  RETRY_AFTER,
  RETRY_AFTER_SECONDS,
  retryAfter,
} from '../../platform/declared-error.ts';
import { DomainError } from '../../platform/domain-error.ts';

export class UserNotFound extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'user_not_found',
    status: 404,
    description: 'There is no user with this name.',
  };

  static override sample(): DeclaredError {
    return new UserNotFound('anna');
  }

  constructor(name: string) {
    super(`There is no user "${name}".`);
  }
}

export class UserExists extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'user_exists',
    status: 409,
    description: 'There is already a user with this name.',
  };

  static override sample(): DeclaredError {
    return new UserExists('anna');
  }

  constructor(name: string) {
    super(`There is already a user "${name}".`);
  }
}

/** Administrators cannot lock themselves out. */
export class CannotDisableSelf extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'disabling_oneself',
    status: 409,
    description: 'Administrators can neither disable nor erase themselves.',
  };

  constructor(act: 'disable' | 'erase' = 'disable') {
    super(`You cannot ${act} yourself. Ask another administrator.`);
  }
}

/** A failed attempt to sign in or to confirm one's identity; another attempt may succeed. */
export abstract class SignInRefused extends DomainError {}

/** The name or the password is wrong, or the user is disabled; the message does not say which. */
export class CredentialsRefused extends SignInRefused {
  static readonly declaration: ErrorDeclaration = {
    code: 'credentials_refused',
    status: 403,
    description: 'The user name or the password is wrong.',
  };

  constructor() {
    super('The user name or the password is wrong.');
  }
}

/** A signed-in user entered a wrong current password. */
export class PasswordRefused extends SignInRefused {
  static readonly declaration: ErrorDeclaration = {
    code: 'password_refused',
    status: 403,
    description: 'The current password is wrong.',
  };

  constructor() {
    super('The current password is wrong.');
  }
}

/** Too many attempts failed; more attempts are refused for a while. */
export abstract class TooManyAttempts extends SignInRefused {
  /** Whether this is the first refusal since the count began. */
  readonly first: boolean;
  readonly retryAfterSeconds: number;

  /** @param attempts in words, such as `wrong passwords` */
  constructor(attempts: string, retryAfterSeconds: number, first: boolean) {
    const minutes = Math.ceil(retryAfterSeconds / 60);
    super(`Too many ${attempts}. Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`, {
      retryAfterSeconds,
    });
    this.retryAfterSeconds = retryAfterSeconds;
    this.first = first;
  }

  override headers(): Record<string, string> {
    return retryAfter(this.retryAfterSeconds);
  }
}

export class TooManySignIns extends TooManyAttempts {
  static readonly declaration: ErrorDeclaration = {
    code: 'too_many_sign_ins',
    status: 429,
    description: 'There were too many wrong passwords.',
    headers: RETRY_AFTER,
    details: RETRY_AFTER_SECONDS,
  };

  static override sample(): DeclaredError {
    return new TooManySignIns(60, {});
  }

  /** @param refusal.forName whether the attempts were for one user name, from anywhere */
  constructor(retryAfterSeconds: number, { first = false, forName = false }) {
    super(forName ? 'wrong passwords for this user name' : 'wrong passwords', retryAfterSeconds, first);
  }
}

/** More passwords wait for their hash than the server can compute in time. */
export class PasswordHashingBusy extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'password_hashing_busy',
    status: 503,
    description: 'Too many passwords are waiting to be checked or set.',
    headers: RETRY_AFTER,
    details: RETRY_AFTER_SECONDS,
    page: { title: 'Too many people are signing in', advice: 'Wait a few seconds, then try again.' },
  };

  static override sample(): DeclaredError {
    return new PasswordHashingBusy(2);
  }

  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('Too many passwords are being checked right now. Try again in a few seconds.', {
      retryAfterSeconds,
    });
    this.retryAfterSeconds = retryAfterSeconds;
  }

  override headers(): Record<string, string> {
    return retryAfter(this.retryAfterSeconds);
  }
}
