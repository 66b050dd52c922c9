import type { Queryable } from '../../platform/database/database.ts';

export interface Credentials {
  readonly id: string;
  readonly name: string;
  /** The same for all spellings of the name; see user_name_key in database/functions/. */
  readonly nameKey: string;
  readonly passwordHash: string;
  readonly passwordChangeRequired: boolean;
  readonly administrator: boolean;
}

/** The user whose password was checked, with the hash it matched. The password may have been replaced since. */
export interface Proof {
  readonly userId: string;
  readonly passwordHash: string;
}

const CREDENTIALS = `SELECT id, name, name_key AS "nameKey", password_hash AS "passwordHash",
                            password_change_required AS "passwordChangeRequired", administrator
                       FROM users`;

/** Finds the credentials of a user who is not disabled. */
export async function findCredentials(db: Queryable, name: string): Promise<Credentials | undefined> {
  const [row] = await db.query<Credentials>(
    {
      name: 'user_credentials',
      text: `${CREDENTIALS} WHERE name_key = user_name_key($1) AND disabled_at IS NULL`,
    },
    [name],
  );
  return row;
}

/** Finds the credentials of a user who is not disabled. */
export async function findCredentialsById(db: Queryable, id: string): Promise<Credentials | undefined> {
  const [row] = await db.query<Credentials>(
    { name: 'user_credentials_by_id', text: `${CREDENTIALS} WHERE id = $1 AND disabled_at IS NULL` },
    [id],
  );
  return row;
}

/** Locks the user until the transaction ends. @returns whether the password is still the same and the user not disabled */
export async function lockIfCurrent(tx: Queryable, { userId, passwordHash }: Proof): Promise<boolean> {
  const rows = await tx.query(
    {
      name: 'lock_if_current',
      locks: true,
      text: `SELECT id FROM users WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL FOR NO KEY UPDATE`,
    },
    [userId, passwordHash],
  );
  return rows.length === 1;
}
