import type { ErrorDeclaration } from '../../../platform/declared-error.ts';
import { DomainError } from '../../../platform/domain-error.ts';

/** The password is right, but someone else has set it: the user must choose a new one first, on the page `location`. */
export class PasswordChangeRequired extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'password_change_required',
    status: 303,
    description: 'The password was set by someone else, and must be changed before the sign-in.',
    headers: { Location: 'The page on which to choose a new password.' },
  };

  readonly #location: string;

  constructor(location: string) {
    super('Choose a new password first.');
    this.#location = location;
  }

  override headers(): Record<string, string> {
    return { location: this.#location };
  }
}

/** A new password was chosen more than ten minutes after the sign-in, in another browser, or twice. */
export class NewPasswordExpired extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'new_password_expired',
    status: 400,
    description: 'The page for choosing a new password has expired, or was already used.',
  };

  constructor() {
    super(
      'This page has expired, or was already used. If you have already chosen a new password, sign in with it. Otherwise sign in with the password that you were given.',
    );
  }
}
