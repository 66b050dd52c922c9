import type { Queryable } from '../../platform/database/database.ts';
import { ConsoleSessionChanged } from './session-errors.ts';
import { createSessionToken } from './session-token.ts';

/** A session, as a request found it. */
export interface FoundSession {
  readonly id: string;
  /** SHA-256 of the session's token. */
  readonly hash: Buffer;
  /** SHA-256 of the token in the request: the session's, or the one before it. */
  readonly presentedHash: Buffer;
}

/**
 * Gives the session a new token, and drops a challenge and the secret of an authenticator app that is being set up. The token of
 * the request works until the browser has used the new one: a lost answer does not sign the user out.
 * @returns the new token
 * @throws ConsoleSessionChanged
 */
export async function renewToken(db: Queryable, session: FoundSession): Promise<string> {
  const { token, hash } = createSessionToken();
  const rows = await db.query(
    {
      name: 'renew_console_session_token',
      locks: true,
      text: `UPDATE console_sessions
                SET hash = $4, former_hash = $3, former_until = NULL, challenge = NULL, sealed_new_secret = NULL
              WHERE id = $1 AND hash = $2 AND (hash = $3 OR former_until IS NULL)
             RETURNING 1 AS one`,
    },
    [session.id, session.hash, session.presentedHash, hash],
  );
  if (rows.length === 0) throw new ConsoleSessionChanged();
  return token;
}
