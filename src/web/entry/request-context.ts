import type { PresentedToken } from '../../core/tokens/access-token.ts';
import type { PublishedApi } from './protected-api.ts';

/**
 * Who may use a route. Each route declares it in its `config`.
 * - `anyone`: all requests; the route protects itself if it must (sign-in, the authorization server)
 * - `user`: a browser in which a user is signed in; others are redirected to the sign-in page
 * - `token`: a request with a token; the statement that does the work also checks it, which saves a round trip
 * - `client`: a token that a client got for itself, with one of the route's `scopes`
 * - `administrator`: a token with the scope `admin`, of a user who is still an administrator
 * - `metrics`: the value of METRICS_TOKEN
 * - `console`: a browser in which an administrator is signed in to the console; others are redirected to its sign-in page
 */
export type Entry = 'anyone' | 'user' | 'token' | 'client' | 'administrator' | 'metrics' | 'console';

/** The user who is signed in with a browser. */
export interface SignedInUser {
  readonly userId: string;
  readonly name: string;
}

/** The administrator who sends a request, with a token or through the console. */
export interface Administrator {
  readonly userId: string;
  readonly name: string;
  /** The client that acts for the administrator; absent in the console. */
  readonly clientId?: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    entry?: Entry;
    /** The token needs one of these scopes; the narrowest is the last. */
    scopes?: readonly string[];
    /** The API of a route that takes access tokens, by its path; undefined outside of the APIs. */
    api?: PublishedApi;
    /** Whether the token may also be in the header `Authentication`, as documented in 2012. */
    authenticationHeader?: boolean;
    /**
     * Whether a form may carry the token as `access_token` (RFC 6750 section 2.2), with entry `token`. The body is then read before
     * the token.
     */
    tokenInForm?: boolean;
  }
  interface FastifyRequest {
    /** Set on all routes with entry `token`, `client` or `administrator`. */
    presentedToken: PresentedToken | null;
    /** Set on routes with entry `user`; null elsewhere. */
    signedInUser: SignedInUser | null;
    /** The client of the token, on routes with entry `client`; '' elsewhere. */
    clientId: string;
    /** Set on routes with entry `administrator` or `console`; null elsewhere. */
    administrator: Administrator | null;
  }
}
