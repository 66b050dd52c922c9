import type { Queryable } from '../database/database.ts';

export interface NewSession {
  readonly hash: Buffer;
  readonly userId: string;
  readonly ipAddress: string;
  readonly userAgent: string;
}

export interface SessionRow {
  readonly userId: string;
  readonly userName: string;
  readonly secondFactorOwed: boolean;
  readonly hasSecondFactor: boolean;
  /** Since the password or the second factor was last given. */
  readonly secondsSinceConfirmed: number;
}

/** What a session may last, in seconds. */
export interface Lifetimes {
  readonly longest: number;
  readonly idle: number;
}

/** A user who has a second factor owes it. */
export async function insertSession(db: Queryable, session: NewSession): Promise<void> {
  await db.query(
    {
      name: 'insert_console_session',
      text: `INSERT INTO console_sessions (hash, user_id, ip_address, user_agent, second_factor_owed)
             VALUES ($1, $2, $3, $4, EXISTS (SELECT 1 FROM second_factors WHERE user_id = $2))`,
    },
    [session.hash, session.userId, session.ipAddress, session.userAgent],
  );
}

/**
 * The session, unless it is over or its user is no administrator.
 * @param active whether somebody asks: an idle session then begins to count anew
 */
export async function enterSession(
  db: Queryable,
  hash: Buffer,
  { longest, idle }: Lifetimes,
  active: boolean,
): Promise<SessionRow | undefined> {
  const [row] = await db.query<SessionRow>(
    {
      name: 'enter_console_session',
      locks: true,
      text: `UPDATE console_sessions s SET seen_at = CASE WHEN $4 THEN now() ELSE s.seen_at END
               FROM users u
              WHERE s.hash = $1 AND u.id = s.user_id AND u.administrator AND u.disabled_at IS NULL
                AND s.signed_in_at > now() - make_interval(secs => $2)
                AND s.seen_at > now() - make_interval(secs => $3)
             RETURNING s.user_id AS "userId", u.name AS "userName", s.second_factor_owed AS "secondFactorOwed",
                       EXISTS (SELECT 1 FROM second_factors f WHERE f.user_id = u.id) AS "hasSecondFactor",
                       extract(epoch FROM now() - s.confirmed_at)::float8 AS "secondsSinceConfirmed"`,
    },
    [hash, longest, idle, active],
  );
  return row;
}

export async function deleteSession(db: Queryable, hash: Buffer): Promise<void> {
  await db.query(
    { name: 'delete_console_session', locks: true, text: 'DELETE FROM console_sessions WHERE hash = $1' },
    [hash],
  );
}
