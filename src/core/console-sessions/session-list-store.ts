import type { Queryable } from '../../platform/database/database.ts';
import type { SessionLifetimes } from './session-lifetimes.ts';

/** A console session in the list of an administrator's sessions. */
export interface ListedSession {
  readonly ipAddress: string;
  /** Header User-Agent of the sign-in. */
  readonly userAgent: string;
  readonly signedInAt: Date;
  readonly seenAt: Date;
  /** Whether the session still needs the second factor. */
  readonly secondFactorOwed: boolean;
  /** Whether this is the session of the request. */
  readonly own: boolean;
}

/** Lists the valid sessions of a user, newest first. @param id of the session of the request */
export function listSessions(
  db: Queryable,
  userId: string,
  id: string,
  { maxAge, maxIdle }: SessionLifetimes,
): Promise<ListedSession[]> {
  return db.query<ListedSession>(
    {
      name: 'list_console_sessions',
      text: `SELECT ip_address AS "ipAddress", user_agent AS "userAgent", signed_in_at AS "signedInAt", seen_at AS "seenAt",
                    second_factor_owed AS "secondFactorOwed", id = $2 AS own
               FROM console_sessions
              WHERE user_id = $1 AND signed_in_at > now() - make_interval(secs => $3)
                AND seen_at > now() - make_interval(secs => $4)
              ORDER BY signed_in_at DESC LIMIT 100`,
    },
    [userId, id, maxAge, maxIdle],
  );
}

/** @returns the number of deleted sessions */
export async function deleteOtherSessions(db: Queryable, userId: string, id: string): Promise<number> {
  const rows = await db.query(
    {
      name: 'delete_other_console_sessions',
      text: 'DELETE FROM console_sessions WHERE user_id = $1 AND id <> $2 RETURNING 1 AS one',
    },
    [userId, id],
  );
  return rows.length;
}
