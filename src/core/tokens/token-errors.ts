import {
  type DeclaredError,
  type ErrorDeclaration,
  RETRY_AFTER,
  RETRY_AFTER_SECONDS,
} from '../../platform/declared-error.ts';
import { DomainError } from '../../platform/domain-error.ts';
import { TooManyAttempts } from '../people/people-errors.ts';
import { DPOP_ALGORITHMS, SCOPE_ADMIN } from './access-token.ts';

const CHALLENGE = {
  'WWW-Authenticate':
    'Which access tokens the server accepts, why it rejects this one, which scope is enough (RFC 6750, RFC 9449), and where the metadata of the API is (`resource_metadata`, RFC 9728).',
};

const FOR_APPLICATIONS = {
  title: 'This address is for applications',
  advice: 'Applications use it with an access token. What you can see and do is on the pages below.',
};

export class TokenMissing extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'token_missing',
    status: 401,
    oauth: { error: 'invalid_token' },
    camara: { code: 'UNAUTHENTICATED' },
    description: 'The request has no access token.',
    headers: CHALLENGE,
    page: FOR_APPLICATIONS,
  };

  constructor() {
    super('An access token is required: send it as "Authorization: Bearer <token>".');
  }

  /** A request without a token gets a challenge without an error code (RFC 6750 section 3.1). */
  override headers(): Record<string, string[]> {
    return challenge();
  }
}

export class TokenInvalid extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'token_invalid',
    status: 401,
    oauth: { error: 'invalid_token' },
    camara: { code: 'UNAUTHENTICATED' },
    description:
      'The access token is unknown, expired or revoked, it is for another API, its user is disabled, it was sent in a query string where that is not allowed, or its DPoP proof is missing or wrong.',
    headers: CHALLENGE,
    page: FOR_APPLICATIONS,
  };

  constructor(
    message = 'The access token is unknown, expired or revoked, or the proof that it is bound to is missing.',
  ) {
    super(message);
  }

  override headers(): Record<string, string[]> {
    return challenge(errorParameters('invalid_token', this.message));
  }
}

/** The DPoP proof of the request is invalid by RFC 9449 section 4.3. A proof that is missing makes the token invalid. */
export class ProofInvalid extends TokenInvalid {
  /** Only the challenge of the scheme that the request used has an error (RFC 9449 section 7.2). */
  override headers(): Record<string, string[]> {
    return challenge(undefined, errorParameters('invalid_dpop_proof', this.message));
  }
}

export class ScopeMissing extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'scope_missing',
    status: 403,
    oauth: { error: 'insufficient_scope' },
    camara: { code: 'PERMISSION_DENIED' },
    description: 'The access token lacks the scope that the operation needs.',
    headers: CHALLENGE,
    details: {
      scope: { type: 'string', description: 'The scopes, separated by spaces; one of them is needed.' },
    },
  };

  static override sample(): DeclaredError {
    return new ScopeMissing(['call', 'click-to-dial:calls:read']);
  }

  readonly scope: string;

  /** @param needed any one of them is enough */
  constructor(needed: readonly string[]) {
    const scope = needed.join(' ');
    super(`The access token needs the scope ${needed.join(' or ')}.`, { scope });
    this.scope = scope;
  }

  override headers(): Record<string, string[]> {
    return challenge(`error="insufficient_scope", scope="${this.scope}"`);
  }
}

/** The token belongs to a client, but the operation needs a token of a user. */
export class TokenWithoutUser extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'token_without_user',
    status: 403,
    oauth: { error: 'insufficient_scope' },
    camara: { code: 'PERMISSION_DENIED' },
    description: 'The access token belongs to an application, not to a user.',
    headers: CHALLENGE,
  };

  constructor() {
    super('This access token belongs to an application. Use one that a user has granted.');
  }

  override headers(): Record<string, string[]> {
    return challenge(errorParameters('insufficient_scope', this.message));
  }
}

/** The token belongs to a user, but the operation needs a token of the client itself. */
export class TokenOfUser extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'token_of_user',
    status: 403,
    description: 'The access token belongs to a user, not to the application itself.',
    headers: CHALLENGE,
  };

  constructor() {
    super("This access token belongs to a user. Use the application's own (client credentials grant).");
  }

  override headers(): Record<string, string[]> {
    return challenge(errorParameters('insufficient_scope', this.message));
  }
}

export class AdministratorRequired extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'administrator_required',
    status: 403,
    description: "The access token's user is not an administrator.",
    headers: CHALLENGE,
  };

  constructor() {
    super('Only administrators may do this.');
  }

  override headers(): Record<string, string[]> {
    return challenge(errorParameters('insufficient_scope', this.message));
  }
}

/** The token was granted with the password alone, but its user has a second factor, or must have one. */
export class SecondFactorRequired extends DomainError {
  static readonly declaration: ErrorDeclaration = {
    code: 'second_factor_required',
    status: 403,
    description:
      "The access token was granted with a password alone. Its user now has a second factor, or must have one, so the token's scope `admin` no longer holds.",
    headers: CHALLENGE,
  };

  constructor() {
    super(
      'This access token was granted with a password alone, and administration now needs a second factor. Sign in to the console with it, and allow the application again.',
    );
  }

  override headers(): Record<string, string[]> {
    return challenge(
      `error="insufficient_scope", error_description="${this.message}", scope="${SCOPE_ADMIN}"`,
    );
  }
}

/**
 * @returns the error for a refusal by the SQL function token_entitlement
 * @throws Error for a refusal that this version does not know
 */
export function refusalError(refusal: string, neededScopes: readonly string[]): DomainError {
  const [, resource] = /^token_for (.+)$/.exec(refusal) ?? [];
  if (resource !== undefined) return new TokenInvalid(`This access token is only for ${resource}.`);
  switch (refusal) {
    case 'token_in_query':
      return new TokenInvalid(
        'Send the access token in a header: only tokens of classic clients may be in the query string, and only at /rest/call.',
      );
    case 'scope_missing':
      return new ScopeMissing(neededScopes);
    case 'token_without_user':
      return new TokenWithoutUser();
    case 'token_invalid':
      return new TokenInvalid();
    default:
      throw new Error(`the database refuses for a reason unknown to this version: ${refusal}`);
  }
}

/** A browser or a network guesses the user codes of devices. */
export class TooManyUserCodes extends TooManyAttempts {
  static readonly declaration: ErrorDeclaration = {
    code: 'too_many_user_codes',
    status: 429,
    oauth: { error: 'temporarily_unavailable' },
    description: 'There were too many wrong user codes of devices.',
    headers: RETRY_AFTER,
    details: RETRY_AFTER_SECONDS,
  };

  constructor(retryAfterSeconds: number) {
    super('wrong codes', retryAfterSeconds, false);
  }
}

/** RFC 6750 section 3 and RFC 9449 section 7.1. */
function challenge(bearerError?: string, dpopError = bearerError): Record<string, string[]> {
  const parameters = (error: string | undefined) => (error === undefined ? '' : `, ${error}`);
  return {
    'www-authenticate': [
      `Bearer realm="clicktocall"${parameters(bearerError)}`,
      `DPoP algs="${DPOP_ALGORITHMS.join(' ')}"${parameters(dpopError)}`,
    ],
  };
}

function errorParameters(error: string, message: string): string {
  return `error="${error}", error_description="${message.replace(/["\\]/g, "'")}"`;
}
