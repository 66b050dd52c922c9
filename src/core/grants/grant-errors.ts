import type { ErrorDeclaration } from '../../platform/declared-error.ts';
import { DomainError, InvalidInput } from '../../platform/domain-error.ts';

/** The user has granted the client nothing, or has withdrawn it. */
export class GrantNotFound extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'grant_not_found',
    status: 404,
    description: 'The user has granted the client nothing, or has withdrawn it.',
    page: {
      title: 'This application has no access',
      advice: 'Its access may already have been removed in another window. Check your list of applications.',
    },
  };

  constructor(userName: string, clientId: string) {
    super(
      `The user "${userName.slice(0, 64)}" has granted nothing to the client "${clientId.slice(0, 64)}".`,
    );
  }
}

/** An application asks for the scope `admin`, but the person has not used a second factor in this browser. */
export class SecondFactorNotShown extends InvalidInput {
  constructor() {
    super(
      'scope',
      'To let an application administer this server, first sign in to the console (/console) in this browser with your second factor. Then come back here and allow access.',
    );
  }
}
