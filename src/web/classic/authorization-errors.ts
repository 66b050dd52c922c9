import type { DeclaredError, ErrorDeclaration } from '../../platform/declared-error.ts';
import { DomainError } from '../../platform/domain-error.ts';
import { INVALID_REQUEST_PAGE } from '../oauth/provider/provider-error-page.ts';

/** The client does not exist, or may not use the classic flows. */
export class ClientUnknown extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'client_unknown',
    status: 403,
    description: 'The client is unknown, or may not use the classic authorization flows.',
    page: INVALID_REQUEST_PAGE,
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
    page: INVALID_REQUEST_PAGE,
  };

  /** @param isRegistered whether the client has registered it, under rules that allowed more */
  constructor(isRegistered: boolean) {
    super(
      isRegistered
        ? 'The redirect_uri is registered, but not allowed any more: it must use https:.'
        : 'The redirect_uri must be exactly one that is registered for this client.',
    );
  }
}

const DETAILS = {
  error_description: { type: 'string', description: 'The same as `message`, as in RFC 6749 section 5.2.' },
};

/** The authorization server does not accept the code. */
export class CodeRefused extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'invalid_grant',
    status: 400,
    description: 'The code is unknown, expired or used, or belongs to another client or redirect URI.',
    details: DETAILS,
    page: INVALID_REQUEST_PAGE,
  };

  static override sample(): DeclaredError {
    return new CodeRefused('grant request is invalid');
  }

  constructor(message: string) {
    super(message, { error_description: message });
  }
}

/** The authorization server does not accept the secret of the client. */
export class SecretRefused extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'invalid_client',
    status: 401,
    description: 'The secret of the client is wrong.',
    details: DETAILS,
    page: INVALID_REQUEST_PAGE,
  };

  static override sample(): DeclaredError {
    return new SecretRefused('client authentication failed');
  }

  constructor(message: string) {
    super(message, { error_description: message });
  }
}

/** The application requested a scope that is not of the API of 2012. The redirect tells the application. */
export class ScopeRefused extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'scope_refused',
    status: 303,
    oauth: { error: 'invalid_scope' },
    description:
      'Classic clients can have the scope `call` alone. The application gets `error=invalid_scope` at its redirect URI.',
    headers: { Location: 'The redirect URI with the error.' },
  };

  readonly returnTo: string;

  /** @param returnTo the application's redirect URI, with `error=invalid_scope` */
  constructor(returnTo: string) {
    super('Classic clients can have the scope call alone.');
    this.returnTo = returnTo;
  }

  override headers(): Record<string, string> {
    return { location: this.returnTo };
  }
}

/** The user denied access. The redirect tells the application. */
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
