import { hash } from 'node:crypto';
import { DomainError } from '../../platform/domain-error.ts';

/** All of the API, and all the user's calls whichever client opened them. */
export const SCOPE_CALL = 'call';
/** What CAMARA Click to Dial asks for, operation by operation: of calls that the client itself opened. */
export const SCOPE_CREATE = 'click-to-dial:calls:create';
export const SCOPE_READ = 'click-to-dial:calls:read';
export const SCOPE_DELETE = 'click-to-dial:calls:delete';
export const SCOPE_RECORDINGS = 'click-to-dial:recordings:read';
/** The client's own webhooks and the log of its deliveries; for a client itself, no user's to grant. */
export const SCOPE_WEBHOOKS = 'webhooks';
/** The admin API; granted to administrators alone. */
export const SCOPE_ADMIN = 'admin';

/** Of OpenID Connect: that it is known who the user is. Nobody can sign in with it and refuse it. */
export const SCOPE_OPENID = 'openid';
export const SCOPE_OFFLINE = 'offline_access';

/** What each scope lets a client do, in words for the consent page. */
export const scopes: Readonly<Record<string, string>> = {
  [SCOPE_CALL]: 'open, see and stop phone calls on your behalf, also those that other applications opened',
  [SCOPE_CREATE]: 'open phone calls on your behalf',
  [SCOPE_READ]: 'see the calls it opened',
  [SCOPE_DELETE]: 'stop the calls it opened',
  [SCOPE_RECORDINGS]: 'listen to recordings of the calls it opened',
  [SCOPE_WEBHOOKS]: 'manage its own webhooks',
  [SCOPE_ADMIN]: 'administer this server: users, their limits and calls, and applications',
  [SCOPE_OPENID]: 'know that it is you, by an identifier',
  [SCOPE_OFFLINE]: 'go on while you are away',
};

/** An access token as a request presented it; whether it counts is decided in the database, with what it is used for. */
export interface PresentedToken {
  /** SHA-256 of the token. */
  readonly hash: Buffer;
  /** Thumbprint of the key whose DPoP proof came along and was verified; null for a bearer token. */
  readonly proofKeyThumbprint: string | null;
  readonly inQuery: boolean;
}

/** Who acts, after a token was found entitled. */
export interface Principal {
  readonly userId: string;
  readonly userName: string;
  readonly clientId: string;
  readonly administrator: boolean;
}

/** Tokens are random enough for a plain SHA-256 to be safe at rest. */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

export class TokenMissing extends DomainError {
  constructor() {
    super('An access token is required: send it as "Authorization: Bearer <token>".');
  }
}

export class TokenInvalid extends DomainError {
  constructor(
    message = 'The access token is unknown, expired or revoked, or was presented without the proof it is bound to.',
  ) {
    super(message);
  }
}

export class ScopeMissing extends DomainError {
  readonly needed: string;

  constructor(needed: readonly string[]) {
    super(`The access token lacks the scope for this: ${needed.join(' or ')}.`, { scope: needed.join(' ') });
    this.needed = needed.join(' ');
  }
}

export class TokenWithoutUser extends DomainError {
  constructor() {
    super('This access token stands for an application alone; calls are opened on behalf of a user.');
  }
}

export class AdministratorRequired extends DomainError {
  constructor() {
    super('Only administrators may do this.');
  }
}

/** The token stands for a user, where the client itself must ask. */
export class TokenOfUser extends DomainError {
  constructor() {
    super(
      'This access token stands for a user; the client asks for this with a token of its own (client credentials).',
    );
  }
}

/** Turns what the database refused (token_entitlement in database/functions/) into the error it stands for. */
export function refusalError(refusal: string, neededScopes: readonly string[]): DomainError {
  switch (refusal) {
    case 'token_in_query':
      return new TokenInvalid(
        'Only tokens of classic clients may come in the query string, and only to /rest/call; send it as a header.',
      );
    case 'scope_missing':
      return new ScopeMissing(neededScopes);
    case 'token_without_user':
      return new TokenWithoutUser();
    default:
      return new TokenInvalid();
  }
}
