import type { Queryable } from '../../platform/database/database.ts';

export interface PasskeyRow {
  readonly id: string;
  /** Credential id of the authenticator, in base64url. */
  readonly credentialId: string;
  readonly publicKey: Buffer;
  /** Signature counter of the authenticator; always 0 if it does not count. */
  readonly counter: number;
  readonly transports: readonly string[];
}

/** @returns false if the passkey is already registered */
export async function insertPasskey(
  db: Queryable,
  userId: string,
  name: string,
  passkey: PasskeyRow,
): Promise<boolean> {
  const { id, credentialId, publicKey, counter, transports } = passkey;
  const rows = await db.query(
    {
      name: 'insert_passkey',
      text: `INSERT INTO second_factors (id, user_id, kind, name, credential_id, public_key, counter, transports)
             VALUES ($1, $2, 'passkey', $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id`,
    },
    [id, userId, name, credentialId, publicKey, counter, transports],
  );
  return rows.length === 1;
}

export function listPasskeys(db: Queryable, userId: string): Promise<PasskeyRow[]> {
  return db.query<PasskeyRow>(
    {
      name: 'list_passkeys',
      text: `SELECT id, credential_id AS "credentialId", public_key AS "publicKey", counter::float8 AS counter, transports
               FROM second_factors WHERE user_id = $1 AND kind = 'passkey'`,
    },
    [userId],
  );
}

/** @returns false if the counter did not increase: the response was replayed, or the passkey was cloned */
export async function usePasskey(db: Queryable, id: string, counter: number): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'use_passkey',
      locks: true,
      text: `UPDATE second_factors SET counter = $2, last_used_at = now()
              WHERE id = $1 AND (counter < $2 OR (counter = 0 AND $2 = 0)) RETURNING id`,
    },
    [id, counter],
  );
  return rows.length === 1;
}
