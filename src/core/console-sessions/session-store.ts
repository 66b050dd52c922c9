import type { Queryable } from '../../platform/database/database.ts';
import type { SessionLifetimes } from './session-lifetimes.ts';
import { FORMER_UNTIL, HAS_TOKEN } from './session-token.ts';

export interface NewSession {
  readonly hash: Buffer;
  readonly userId: string;
  readonly ipAddress: string;
  readonly userAgent: string;
}

export interface SessionRow {
  readonly id: string;
  /** Of the session's token. */
  readonly hash: Buffer;
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

const VALID = `u.id = s.user_id AND u.administrator AND u.disabled_at IS NULL
                AND s.signed_in_at > now() - make_interval(secs => $2)
                AND s.seen_at > now() - make_interval(secs => $3)`;

const COLUMNS = `s.id, s.hash, s.user_id AS "userId", u.name AS "userName", s.second_factor_owed AS "secondFactorOwed",
                       EXISTS (SELECT 1 FROM second_factors f WHERE f.user_id = u.id) AS "hasSecondFactor",
                       extract(epoch FROM now() - s.confirmed_at)::float8 AS "secondsSinceConfirmed"`;

/**
 * Finds a valid session of an administrator by the hash of its token.
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
      text: `UPDATE console_sessions s
                SET seen_at = CASE WHEN $4 THEN now() ELSE s.seen_at END, former_until = ${FORMER_UNTIL('$1')}
               FROM users u
              WHERE ${HAS_TOKEN('$1')} AND ${VALID}
             RETURNING ${COLUMNS}`,
    },
    [hash, maxAge, maxIdle, active],
  );
  return row;
}

/** Finds a valid session of an administrator. */
export async function findSession(
  db: Queryable,
  id: string,
  { maxAge, maxIdle }: SessionLifetimes,
): Promise<SessionRow | undefined> {
  const [row] = await db.query<SessionRow>(
    {
      name: 'find_console_session',
      text: `SELECT ${COLUMNS} FROM console_sessions s, users u WHERE s.id = $1 AND ${VALID}`,
    },
    [id, maxAge, maxIdle],
  );
  return row;
}

/** Records that the user entered the password, or verified a second factor, which is then no longer owed. */
export async function confirmSession(db: Queryable, id: string, secondFactor: boolean): Promise<void> {
  await db.query(
    {
      name: 'confirm_console_session',
      locks: true,
      text: `UPDATE console_sessions SET confirmed_at = now(), second_factor_owed = second_factor_owed AND NOT $2
              WHERE id = $1`,
    },
    [id, secondFactor],
  );
}

export async function storeChallenge(db: Queryable, id: string, challenge: string): Promise<void> {
  await db.query(
    {
      name: 'store_challenge',
      locks: true,
      text: 'UPDATE console_sessions SET challenge = $2, challenged_at = now() WHERE id = $1',
    },
    [id, challenge],
  );
}

/** Returns and deletes the challenge; of simultaneous requests only one gets it. @param seconds for which it is valid */
export async function takeChallenge(db: Queryable, id: string, seconds: number): Promise<string | undefined> {
  const [row] = await db.query<{ challenge: string }>(
    {
      name: 'take_challenge',
      locks: true,
      text: `WITH stored AS (
               SELECT id, challenge, challenged_at FROM console_sessions
                WHERE id = $1 AND challenge IS NOT NULL FOR UPDATE
             ), taken AS (
               UPDATE console_sessions s SET challenge = NULL FROM stored WHERE s.id = stored.id
             )
             SELECT challenge FROM stored WHERE challenged_at > now() - make_interval(secs => $2)`,
    },
    [id, seconds],
  );
  return row?.challenge;
}

export async function storeNewSecret(db: Queryable, id: string, sealed: Buffer): Promise<void> {
  await db.query(
    {
      name: 'store_new_secret',
      locks: true,
      text: 'UPDATE console_sessions SET sealed_new_secret = $2 WHERE id = $1',
    },
    [id, sealed],
  );
}

export async function findNewSecret(db: Queryable, id: string): Promise<Buffer | undefined> {
  const [row] = await db.query<{ sealed: Buffer | null }>(
    {
      name: 'new_secret',
      text: 'SELECT sealed_new_secret AS sealed FROM console_sessions WHERE id = $1',
    },
    [id],
  );
  return row?.sealed ?? undefined;
}

/** Deletes the session that has the token. @returns the id of its user; undefined without such a session */
export async function deleteSessionOfToken(db: Queryable, hash: Buffer): Promise<string | undefined> {
  const [row] = await db.query<{ userId: string }>(
    {
      name: 'delete_console_session_of_token',
      locks: true,
      text: `DELETE FROM console_sessions s WHERE ${HAS_TOKEN('$1')} RETURNING s.user_id AS "userId"`,
    },
    [hash],
  );
  return row?.userId;
}

export async function deleteSession(db: Queryable, id: string): Promise<void> {
  await db.query(
    { name: 'delete_console_session', locks: true, text: 'DELETE FROM console_sessions WHERE id = $1' },
    [id],
  );
}

/** All other sessions of the user must verify a second factor before their next access. */
export async function requireSecondFactor(
  db: Queryable,
  userId: string,
  exceptSession: string,
): Promise<void> {
  await db.query(
    {
      name: 'require_second_factor',
      text: 'UPDATE console_sessions SET second_factor_owed = true WHERE user_id = $1 AND id <> $2',
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
