import type { ErrorDeclaration } from '../../../platform/declared-error.ts';
import { DomainError } from '../../../platform/domain-error.ts';
import { INVALID_REQUEST_PAGE } from '../provider/provider-error-page.ts';

/** An application sent its user here with an invalid request. The user stays signed in. */
export class EndSessionRequestInvalid extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'end_session_request_invalid',
    status: 400,
    description: 'The request of an application to sign its user out is invalid.',
    page: INVALID_REQUEST_PAGE,
  };
}
