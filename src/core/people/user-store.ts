import type { Queryable } from '../../platform/database/database.ts';

/** The person who signs in and whose phone rings. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly administrator: boolean;
  readonly maxOngoingCalls: number;
  readonly ongoingCalls: number;
  /** E.164; the default number first. */
  readonly numbers: readonly string[];
  /** SIP URI of the user's phone; null: the server's configuration applies. */
  readonly sipAddress: string | null;
  /** Someone else set the password, and the user must choose another one at the next sign-in. */
  readonly passwordChangeRequired: boolean;
  readonly disabled: boolean;
  readonly createdAt: Date;
}

export interface NewUser {
  readonly name: string;
  readonly passwordHash: string;
  readonly passwordChangeRequired: boolean;
  readonly administrator: boolean;
  readonly maxOngoingCalls: number;
  readonly sipAddress: string | null;
  readonly demo: boolean;
}

const USER = `
  SELECT u.id, u.name, u.administrator, u.max_ongoing_calls AS "maxOngoingCalls",
         (SELECT count(*)::integer FROM holding_calls(u.id)) AS "ongoingCalls",
         ARRAY(SELECT n.number FROM user_numbers n WHERE n.user_id = u.id ORDER BY n.is_default DESC, n.number) AS numbers,
         u.sip_address AS "sipAddress", u.password_change_required AS "passwordChangeRequired",
         u.disabled_at IS NOT NULL AS disabled, u.created_at AS "createdAt"
    FROM users u`;

/** @returns the id of the user; undefined if the name is taken */
export async function insertUser(db: Queryable, user: NewUser): Promise<string | undefined> {
  const [row] = await db.query<{ id: string }>(
    {
      name: 'insert_user',
      text: `INSERT INTO users (name, password_hash, administrator, max_ongoing_calls, sip_address, demo, password_change_required)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id`,
    },
    [
      user.name,
      user.passwordHash,
      user.administrator,
      user.maxOngoingCalls,
      user.sipAddress,
      user.demo,
      user.passwordChangeRequired,
    ],
  );
  return row?.id;
}

/** Locks the user until the transaction ends. @returns whether the user exists */
export async function lockUser(tx: Queryable, name: string): Promise<boolean> {
  const rows = await tx.query(
    {
      name: 'lock_user',
      text: 'SELECT id FROM users WHERE name_key = user_name_key($1) AND erased_at IS NULL FOR NO KEY UPDATE',
    },
    [name],
  );
  return rows.length === 1;
}

/** Locks the user until the transaction ends. */
export async function lockUserById(tx: Queryable, id: string): Promise<void> {
  await tx.query({ name: 'lock_user_by_id', text: 'SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE' }, [
    id,
  ]);
}

/** Names are case-insensitive. */
export async function findUserByName(db: Queryable, name: string): Promise<User | undefined> {
  const [user] = await db.query<User>(
    { name: 'user_by_name', text: `${USER} WHERE u.name_key = user_name_key($1) AND u.erased_at IS NULL` },
    [name],
  );
  return user;
}

export async function findUserById(db: Queryable, id: string): Promise<User | undefined> {
  const [user] = await db.query<User>({ name: 'user_by_id', text: `${USER} WHERE u.id = $1` }, [id]);
  return user;
}

/** Finds a user by name, including disabled and erased users. */
export async function findUserId(db: Queryable, name: string): Promise<string | undefined> {
  const [user] = await db.query<{ id: string }>(
    { name: 'user_id', text: 'SELECT id FROM users WHERE name_key = user_name_key($1)' },
    [name],
  );
  return user?.id;
}

/** Lists at most `size` users whose names start with `prefix` and follow `after`, by name. */
export function listUsers(db: Queryable, after: string, size: number, prefix = ''): Promise<User[]> {
  return db.query<User>(
    {
      name: 'list_users',
      text: `${USER} WHERE u.name_key > user_name_key($1) AND starts_with(u.name_key, user_name_key($3))
                AND u.erased_at IS NULL
              ORDER BY u.name_key LIMIT $2`,
    },
    [after, size, prefix],
  );
}

export interface Account {
  readonly name: string;
  readonly administrator: boolean;
  /** The default number, E.164; null without one. */
  readonly phoneNumber: string | null;
}

export interface SignedInAccount extends Account {
  /** Someone else set the password. Until the user changes it, a session is good for the classic flow only. */
  readonly passwordChangeRequired: boolean;
}

/** @returns undefined for a disabled user */
export async function findAccount(db: Queryable, id: string): Promise<SignedInAccount | undefined> {
  const [row] = await db.query<SignedInAccount>(
    {
      name: 'account',
      text: `SELECT u.name, u.administrator, n.number AS "phoneNumber", u.password_change_required AS "passwordChangeRequired"
               FROM users u LEFT JOIN user_numbers n ON n.user_id = u.id AND n.is_default
              WHERE u.id = $1 AND u.disabled_at IS NULL`,
    },
    [id],
  );
  return row;
}

export async function updateLimit(tx: Queryable, id: string, maxOngoingCalls: number): Promise<void> {
  await tx.query({ name: 'user_limit', text: 'UPDATE users SET max_ongoing_calls = $2 WHERE id = $1' }, [
    id,
    maxOngoingCalls,
  ]);
}

export async function updateSipAddress(tx: Queryable, id: string, sipAddress: string | null): Promise<void> {
  await tx.query({ name: 'user_sip_address', text: 'UPDATE users SET sip_address = $2 WHERE id = $1' }, [
    id,
    sipAddress,
  ]);
}

export async function updatePassword(
  tx: Queryable,
  id: string,
  { passwordHash, changeRequired }: { readonly passwordHash: string; readonly changeRequired: boolean },
): Promise<void> {
  await tx.query(
    {
      name: 'user_password',
      text: 'UPDATE users SET password_hash = $2, password_change_required = $3 WHERE id = $1',
    },
    [id, passwordHash, changeRequired],
  );
}

export async function updateDisabled(tx: Queryable, id: string, disabled: boolean): Promise<void> {
  await tx.query(
    {
      name: 'user_disabled',
      text: 'UPDATE users SET disabled_at = CASE WHEN $2::boolean THEN now() END WHERE id = $1',
    },
    [id, disabled],
  );
}

/** Ends all sessions of the user, and all codes and tokens issued for the user. Grants stay. */
export async function endSessionsAndTokens(db: Queryable, userId: string): Promise<void> {
  await db.query({ name: 'end_sessions_and_tokens', text: 'SELECT end_sessions_and_tokens($1)' }, [userId]);
}

/** Ends the sessions of the user in all browsers, including console sessions. Tokens of applications stay. */
export async function endSessions(db: Queryable, userId: string): Promise<void> {
  await db.query(
    { name: 'end_sessions', text: `DELETE FROM artifacts WHERE user_id = $1 AND model = 'Session'` },
    [userId],
  );
  await db.query({ name: 'end_console_sessions', text: 'DELETE FROM console_sessions WHERE user_id = $1' }, [
    userId,
  ]);
}

/** Replaces all numbers; the first one becomes the default. */
export async function replaceNumbers(
  db: Queryable,
  userId: string,
  numbers: readonly string[],
): Promise<void> {
  await db.query({ name: 'delete_numbers', text: 'DELETE FROM user_numbers WHERE user_id = $1' }, [userId]);
  await db.query(
    {
      name: 'insert_numbers',
      text: `INSERT INTO user_numbers (user_id, number, is_default)
             SELECT $1, number, position = 1 FROM unnest($2::text[]) WITH ORDINALITY AS given (number, position)`,
    },
    [userId, numbers],
  );
}
