import type { ErrorDeclaration } from '../../../platform/declared-error.ts';
import { DomainError, InvalidInput } from '../../../platform/domain-error.ts';

/** The interaction has expired, or belongs to another browser. */
export class InteractionLost extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'interaction_lost',
    status: 400,
    description: 'The sign-in has expired, or was started in another browser.',
    page: {
      title: 'This sign-in has expired',
      advice: 'Nothing was changed. What you allowed before is still listed in My account.',
    },
  };

  constructor() {
    super('This sign-in has expired, or was started in another browser. Start again.');
  }
}

/** The user has already answered: they went back to the page, or sent its form twice. */
export class InteractionAnswered extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'interaction_answered',
    status: 409,
    description: 'The user has already answered this question of the sign-in.',
    page: {
      title: 'You have already answered',
      advice:
        'Your answer stands. If you allowed access, My account lists the application, and you can remove its access there.',
    },
  };

  constructor() {
    super('You have already answered this step of the sign-in.');
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
