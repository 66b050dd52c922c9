import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** Seconds for which the former token works after the new one was first used: requests with it may be under way. */
const FORMER_TOKEN_SECONDS = 30;

/** The token of a console session, for the browser only, and its SHA-256, for the database. */
export interface SessionToken {
  readonly token: string;
  readonly hash: Buffer;
}

export function createSessionToken(): SessionToken {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, hash: hashSessionToken(token) };
}

export function hashSessionToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** SQL: whether the session `s` has the token with a hash. @param hash a parameter, such as `$1` */
export const HAS_TOKEN = (hash: string) =>
  `(s.hash = ${hash} OR (s.former_hash = ${hash} AND coalesce(s.former_until, 'infinity') > now()))`;

/** SQL: the `former_until` of the session `s` after a request with the token of a hash. @param hash a parameter */
export const FORMER_UNTIL = (hash: string) =>
  `CASE WHEN s.hash = ${hash} THEN coalesce(s.former_until, now() + interval '${FORMER_TOKEN_SECONDS} seconds')
        ELSE s.former_until END`;
