import type { ErrorDeclaration } from '../../../platform/declared-error.ts';
import { DomainError, InvalidInput } from '../../../platform/domain-error.ts';

/** The interaction has expired, or belongs to another browser. */
export class InteractionLost extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'interaction_lost',
    status: 400,
    description: 'The sign-in has expired, or was started in another browser.',
    page: { title: 'This sign-in has expired', advice: 'Access was not allowed, and nothing was changed.' },
  };

  constructor() {
    super(
      'This sign-in has expired, or was started in another browser. Go back to the application and start again.',
    );
  }
}

/** The consent form allows nothing. */
export class NothingAllowed extends InvalidInput {
  constructor() {
    super('scope', 'Select at least one thing that the application may do, or deny access.');
  }
}

/** An application requests the scope `admin`, but the user has not verified a second factor in this browser. */
export class SecondFactorNotVerified extends InvalidInput {
  constructor() {
    super(
      'scope',
      'To let an application administer this server, first sign in to the console (/console) in this browser with your second factor. Then come back here and allow access.',
    );
  }
}
