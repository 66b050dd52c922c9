import type { PresentedToken } from '../../core/tokens/access-token.ts';

/**
 * Who may enter a route. Every route says so in its `config`; one that doesn't stops the start.
 * - `person`: whoever is signed in with this browser; others are sent to sign in
 * - `anyone`: no token; the route protects itself where it must (sign-in, the authorization server)
 * - `token`: a token is presented; the statement that does the work decides in the same round trip whether it counts
 * - `client`: a token that a client got for itself, with one of the route's `scopes`
 * - `administrator`: a token with scope `admin` of somebody who is an administrator now
 * - `metrics`: the token of METRICS_TOKEN
 * - `console`: a browser in which an administrator is signed in to the console; others are led to its sign-in
 */
export type Entry = 'anyone' | 'person' | 'token' | 'client' | 'administrator' | 'metrics' | 'console';

/** Somebody signed in with a browser. */
export interface Person {
  readonly userId: string;
  readonly name: string;
}

/** Who administrates, by a token or signed in to the console. */
export interface Administrator {
  readonly userId: string;
  readonly name: string;
  /** The application through which the administrator acts, if it is one. */
  readonly clientId?: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    entry?: Entry;
    /** Any one of these is enough to enter; for routes that judge the token before they judge a bad request. */
    scopes?: readonly string[];
  }
  interface FastifyRequest {
    /** Set on all routes with entry `token`, `client` or `administrator`. */
    presentedToken: PresentedToken | null;
    /** Who is signed in, on routes with entry `person`; null elsewhere. */
    person: Person | null;
    /** Whose token it is, on routes with entry `client`; '' elsewhere. */
    clientId: string;
    /** Who acts, on routes with entry `administrator` or `console`; null elsewhere. */
    administrator: Administrator | null;
  }
}
