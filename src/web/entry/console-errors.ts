import { DomainError } from '../../platform/domain-error.ts';

/** The console opens only further along; `location` is where the administrator goes on. */
export abstract class ConsoleClosed extends DomainError {
  readonly location: string;

  constructor(message: string, location: string) {
    super(message);
    this.location = location;
  }
}

/** A page was asked for without a session, or before the sign-in was complete. */
export class ConsoleSignInRequired extends ConsoleClosed {
  constructor(location: string) {
    super('Sign in to the console first.', location);
  }
}

/** The same, where a page asks by itself for a part of it: that must not be filled with another page. */
export class ConsoleSessionOver extends ConsoleClosed {
  constructor(location: string) {
    super('You are not signed in to the console any more.', location);
  }
}

/** What is to be changed asks for the password once more: somebody else may have sat down at the browser. */
export class ConfirmationRequired extends ConsoleClosed {
  constructor(location: string) {
    super('Give your password again first.', location);
  }
}
