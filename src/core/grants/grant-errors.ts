import type { DeclaredError, ErrorDeclaration } from '../../platform/declared-error.ts';
import { DomainError } from '../../platform/domain-error.ts';
import { MAX_CLIENT_ID_LENGTH } from '../clients/document-client.ts';

/** The user has no grant for the client: there was none, or it was withdrawn. */
export class GrantNotFound extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'grant_not_found',
    status: 404,
    description: 'The user has not granted the client anything, or has withdrawn the grant.',
    page: {
      title: 'This application has no access',
      advice: 'Its access may already have been removed in another window. Check your list of applications.',
    },
  };

  static override sample(): DeclaredError {
    return new GrantNotFound('anna', 'crm');
  }

  constructor(userName: string, clientId: string) {
    super(
      `The user "${userName.slice(0, 64)}" has no grant for the client "${clientId.slice(0, MAX_CLIENT_ID_LENGTH)}".`,
    );
  }
}
