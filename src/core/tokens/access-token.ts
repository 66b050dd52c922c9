import { hash } from 'node:crypto';

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
  [SCOPE_OFFLINE]: 'keep its access while you are away',
};

/** Asymmetric algorithms that a DPoP proof may be signed with; the authorization server advertises the same. */
export const DPOP_ALGORITHMS = ['ES256', 'EdDSA', 'RS256', 'PS256'];

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
