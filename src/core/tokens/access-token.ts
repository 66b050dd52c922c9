import { hash } from 'node:crypto';

/** The whole API, and all calls of the user, across all clients. */
export const SCOPE_CALL = 'call';
/** The scopes of CAMARA Click to Dial, for calls that the client opened. */
export const SCOPE_CREATE = 'click-to-dial:calls:create';
export const SCOPE_READ = 'click-to-dial:calls:read';
export const SCOPE_DELETE = 'click-to-dial:calls:delete';
export const SCOPE_RECORDINGS = 'click-to-dial:recordings:read';
/** The client's own webhooks and their deliveries. Clients request it for themselves; users cannot grant it. */
export const SCOPE_WEBHOOKS = 'webhooks';
/** The admin API. Only administrators can grant it. */
export const SCOPE_ADMIN = 'admin';

/** The scope of OpenID Connect. A user who signs in cannot refuse it. */
export const SCOPE_OPENID = 'openid';
/** The user's names. With it and the next scope, the ID token and UserInfo say more than an identifier. */
export const SCOPE_PROFILE = 'profile';
/** The user's default number. Only users with a number can grant it. */
export const SCOPE_PHONE = 'phone';
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
  [SCOPE_PROFILE]: 'see your user name',
  [SCOPE_PHONE]: 'see your phone number',
  [SCOPE_OFFLINE]: 'keep access while you are away',
};

/** Asymmetric algorithms that a DPoP proof may be signed with; the authorization server advertises the same. */
export const DPOP_ALGORITHMS = ['ES256', 'EdDSA', 'RS256', 'PS256'];

/** An access token as a request presents it. The statement that uses it checks it in the database. */
export interface PresentedToken {
  /** SHA-256 of the token. */
  readonly hash: Buffer;
  /** Thumbprint of the key of the verified DPoP proof; null for a bearer token. */
  readonly proofKeyThumbprint: string | null;
  readonly inQuery: boolean;
  /** The API that the request is for, as its resource identifier (RFC 8707); null outside of the APIs. */
  readonly resource: string | null;
}

/** The user and client of a request, after its token was checked. */
export interface Principal {
  readonly userId: string;
  readonly userName: string;
  readonly clientId: string;
  readonly administrator: boolean;
}

/** The user who has granted a token, as far as its application may know. */
export interface TokenUser {
  readonly userId: string;
  readonly name: string;
  /** The default number, E.164; null without one. */
  readonly phoneNumber: string | null;
  /** Of the token. */
  readonly scopes: readonly string[];
}

/** Tokens are random enough for a plain SHA-256 to be safe at rest. */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
