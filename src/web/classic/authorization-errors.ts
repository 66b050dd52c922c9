import type { ErrorDeclaration } from '../../platform/declared-error.ts';
import { DomainError } from '../../platform/domain-error.ts';

/** What a person reads who comes from an application with a request that cannot be answered. */
const FROM_APPLICATION = {
  title: 'The application sent an invalid request',
  advice:
    'You cannot fix this here. Go back to the application. If it happens again, report the message above to its developer.',
};

/** There is no such client, or it may not use this way to ask. */
export class ClientUnknown extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'client_unknown',
    status: 403,
    description: 'The client is unknown, or may not use the classic authorization flows.',
    page: FROM_APPLICATION,
  };

  constructor() {
    super('No client with this client_id may use this address.');
  }
}

export class RedirectUriMismatch extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'redirect_uri_mismatch',
    status: 403,
    description: 'The redirect URI is not exactly one that is registered for the client.',
    page: FROM_APPLICATION,
  };

  constructor() {
    super('The redirect_uri must be exactly one that is registered for this client.');
  }
}

/** The person denied what the application asked for; the application learns it at its redirect URI. */
export class GrantRefused extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'grant_refused',
    status: 303,
    oauth: { error: 'access_denied' },
    description: 'The user denied access. The application gets `error=access_denied` at its redirect URI.',
    headers: { Location: 'The redirect URI with the error.' },
  };

  readonly returnTo: string;

  /** @param returnTo the application's redirect URI, with `error=access_denied` */
  constructor(returnTo: string) {
    super('Access was denied.');
    this.returnTo = returnTo;
  }

  override headers(): Record<string, string> {
    return { location: this.returnTo };
  }
}
