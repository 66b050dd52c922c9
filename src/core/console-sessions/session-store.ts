import type { Queryable } from '../../platform/database/database.ts';
import type { SessionLifetimes } from './session-lifetimes.ts';

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
  /** Seconds since the user last entered the password or the second factor. */
  readonly secondsSinceConfirmed: number;
}

/** The session must verify a second factor if the user has one. Lock the user, so that none is added at the same time. */
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
 * Finds a valid session of an administrator.
 * @param active whether the user made the request, which resets the idle time
 */
export async function enterSession(
  db: Queryable,
  hash: Buffer,
  { maxAge, maxIdle }: SessionLifetimes,
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
    [hash, maxAge, maxIdle, active],
  );
  return row;
}

export interface Confirmation {
  /** Of the token that replaces the session's token. */
  readonly newHash: Buffer;
  /** Whether the user verified the second factor; false: entered the password again. */
  readonly secondFactor: boolean;
}

/** Drops what is bound to the old hash: a challenge, and the secret of an authenticator app that is being set up. */
export async function confirmSession(
  db: Queryable,
  hash: Buffer,
  { newHash, secondFactor }: Confirmation,
): Promise<void> {
  await db.query(
    {
      name: 'confirm_console_session',
      locks: true,
      text: `UPDATE console_sessions
                SET hash = $2, challenge = NULL, sealed_new_secret = NULL, confirmed_at = now(),
                    second_factor_owed = second_factor_owed AND NOT $3
              WHERE hash = $1`,
    },
    [hash, newHash, secondFactor],
  );
}

/** Replaces the session's token, and drops what is bound to the old hash. */
export async function replaceHash(db: Queryable, hash: Buffer, newHash: Buffer): Promise<void> {
  await db.query(
    {
      name: 'replace_console_session_hash',
      locks: true,
      text: `UPDATE console_sessions SET hash = $2, challenge = NULL, sealed_new_secret = NULL WHERE hash = $1`,
    },
    [hash, newHash],
  );
}

export async function storeChallenge(db: Queryable, hash: Buffer, challenge: string): Promise<void> {
  await db.query(
    {
      name: 'store_challenge',
      locks: true,
      text: 'UPDATE console_sessions SET challenge = $2, challenged_at = now() WHERE hash = $1',
    },
    [hash, challenge],
  );
}

/** Returns and deletes the challenge; of simultaneous requests only one gets it. @param seconds for which it is valid */
export async function takeChallenge(
  db: Queryable,
  hash: Buffer,
  seconds: number,
): Promise<string | undefined> {
  const [row] = await db.query<{ challenge: string }>(
    {
      name: 'take_challenge',
      locks: true,
      text: `WITH stored AS (
               SELECT hash, challenge, challenged_at FROM console_sessions
                WHERE hash = $1 AND challenge IS NOT NULL FOR UPDATE
             ), taken AS (
               UPDATE console_sessions s SET challenge = NULL FROM stored WHERE s.hash = stored.hash
             )
             SELECT challenge FROM stored WHERE challenged_at > now() - make_interval(secs => $2)`,
    },
    [hash, seconds],
  );
  return row?.challenge;
}

export async function storeNewSecret(db: Queryable, hash: Buffer, sealed: Buffer): Promise<void> {
  await db.query(
    {
      name: 'store_new_secret',
      locks: true,
      text: 'UPDATE console_sessions SET sealed_new_secret = $2 WHERE hash = $1',
    },
    [hash, sealed],
  );
}

export async function findNewSecret(db: Queryable, hash: Buffer): Promise<Buffer | undefined> {
  const [row] = await db.query<{ sealed: Buffer | null }>(
    {
      name: 'new_secret',
      text: 'SELECT sealed_new_secret AS sealed FROM console_sessions WHERE hash = $1',
    },
    [hash],
  );
  return row?.sealed ?? undefined;
}

export async function deleteSession(db: Queryable, hash: Buffer): Promise<void> {
  await db.query(
    { name: 'delete_console_session', locks: true, text: 'DELETE FROM console_sessions WHERE hash = $1' },
    [hash],
  );
}

/** All other sessions of the user must verify a second factor before their next access. */
export async function requireSecondFactor(
  db: Queryable,
  userId: string,
  exceptSession: Buffer,
): Promise<void> {
  await db.query(
    {
      name: 'require_second_factor',
      text: 'UPDATE console_sessions SET second_factor_owed = true WHERE user_id = $1 AND hash <> $2',
    },
    [userId, exceptSession],
  );
}

/** @param owing end only sessions that have not verified a second factor */
export async function endConsoleSessions(db: Queryable, userId: string, owing: boolean): Promise<void> {
  await db.query(
    {
      name: 'end_console_sessions_by_standing',
      text: 'DELETE FROM console_sessions WHERE user_id = $1 AND (second_factor_owed OR NOT $2)',
    },
    [userId, owing],
  );
}
