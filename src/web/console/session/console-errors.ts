import type { ErrorDeclaration } from '../../../platform/declared-error.ts';
import { DomainError } from '../../../platform/domain-error.ts';

/** The page opens after another step; `location` is where the administrator takes it. */
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
    headers: { Location: 'The page to sign in on.' },
  };

  constructor(location: string) {
    super('Sign in to the console first.', location);
  }
}

/** The same, for a part of a page: a redirect would fill it with another page. */
export class ConsoleSessionOver extends ConsoleClosed {
  static readonly declaration: ErrorDeclaration = {
    code: 'console_session_over',
    status: 401,
    description:
      'A page of the console requested a part of itself, such as a live stream, after the session had ended.',
    headers: { 'HX-Redirect': 'The page to sign in on.' },
  };

  constructor(location: string) {
    super('You are no longer signed in to the console.', location);
  }

  override headers(): Record<string, string> {
    return { 'hx-redirect': this.location };
  }
}

/** A change needs the password once more: someone else may use the browser. */
export class ConfirmationRequired extends ConsoleClosed {
  static readonly declaration: ErrorDeclaration = {
    code: 'confirmation_required',
    status: 303,
    description:
      'Second factors can be changed only within ten minutes after the password or the second factor was given.',
    headers: { Location: 'The page to give it on.' },
  };

  constructor(location: string) {
    super('Give your password again first.', location);
  }
}
