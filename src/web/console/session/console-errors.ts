import type { ErrorDeclaration } from '../../../platform/declared-error.ts';
import { DomainError } from '../../../platform/domain-error.ts';

/** The administrator must take another step first, on the page `location`. */
export abstract class ConsoleClosed extends DomainError {
  protected readonly location: string;

  constructor(message: string, location: string) {
    super(message);
    this.location = location;
  }

  override headers(): Record<string, string> {
    return { location: this.location };
  }
}

/** A page was requested without a session, or before the sign-in was complete. */
export class ConsoleSignInRequired extends ConsoleClosed {
  static readonly declaration: ErrorDeclaration = {
    code: 'console_sign_in_required',
    status: 303,
    description: 'A page of the console was requested without being signed in.',
    headers: { Location: 'The sign-in page.' },
  };

  constructor(location: string) {
    super('Sign in to the console first.', location);
  }
}

/** Like ConsoleSignInRequired, for a request of a script, which would show the target of a redirect inside the page. */
export class ConsoleSessionOver extends ConsoleClosed {
  static readonly declaration: ErrorDeclaration = {
    code: 'console_session_over',
    status: 401,
    description:
      'A page of the console requested a part of itself, such as a live stream, after the session had ended.',
    headers: { 'HX-Redirect': 'The sign-in page.' },
  };

  constructor(location: string) {
    super('You are no longer signed in to the console.', location);
  }

  override headers(): Record<string, string> {
    return { 'hx-redirect': this.location };
  }
}

/** The change needs the password again, because another person may be using the browser. */
export class ConfirmationRequired extends ConsoleClosed {
  static readonly declaration: ErrorDeclaration = {
    code: 'confirmation_required',
    status: 303,
    description:
      'Second factors can be changed only within ten minutes after entering the password or the second factor.',
    headers: { Location: 'The page on which to enter the password.' },
  };

  constructor(location: string) {
    super('Enter your password again first.', location);
  }
}
