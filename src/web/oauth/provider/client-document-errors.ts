import { type ErrorDeclaration, RETRY_AFTER, retryAfter } from '../../../platform/declared-error.ts';
import { DomainError } from '../../../platform/domain-error.ts';

/** Seconds. */
const RETRY_SECONDS = 30;

/** Base class of the errors about a document that describes a client. */
export abstract class ClientDocumentError extends DomainError {
  /** Why, without the address. */
  readonly reason: string;

  constructor(problem: string, reason: string) {
    super(`${problem}: ${reason}.`);
    this.reason = reason;
  }
}

/** The document breaks a rule, or the operator does not accept it. */
export class ClientDocumentRefused extends ClientDocumentError {
  static readonly declaration: ErrorDeclaration = {
    code: 'client_document_refused',
    status: 400,
    oauth: { error: 'invalid_client' },
    description:
      'The server does not accept the document at `client_id`, which describes the client. The message says why.',
    page: {
      title: 'This application cannot be used here',
      advice:
        'You cannot fix this here. Go back to the application, and report the message above to its developer.',
    },
  };

  /** @param reason such as `the document is not JSON` */
  constructor(address: string, reason: string) {
    super(`The application describes itself by the document at ${address}, which was refused`, reason);
  }
}

/** The document cannot be read now. */
export class ClientDocumentUnavailable extends ClientDocumentError {
  static readonly declaration: ErrorDeclaration = {
    code: 'client_document_unavailable',
    status: 503,
    oauth: { error: 'temporarily_unavailable' },
    description:
      'The server cannot read the document at `client_id` now, which describes the client. The message says why.',
    headers: RETRY_AFTER,
    page: {
      title: 'This application cannot be used now',
      advice: 'Wait a minute, then go back to the application and try again.',
    },
  };

  /** @param reason such as `the connection was refused` */
  constructor(address: string, reason: string) {
    super(`The application describes itself by the document at ${address}, which cannot be read now`, reason);
  }

  override headers(): Record<string, string> {
    return retryAfter(RETRY_SECONDS);
  }
}
