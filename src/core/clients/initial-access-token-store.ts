import type { Queryable } from '../../platform/database/database.ts';

export async function insertInitialAccessToken(
  tx: Queryable,
  token: { readonly hash: string; readonly registrations: number; readonly expires: Date },
): Promise<void> {
  await tx.query(
    {
      name: 'insert_initial_access_token',
      text: 'INSERT INTO initial_access_tokens (hash, registrations_left, expires_at) VALUES ($1, $2, $3)',
    },
    [token.hash, token.registrations, token.expires],
  );
}

/** @returns when the token expires; undefined for an unknown or expired token */
export async function findInitialAccessTokenExpiry(db: Queryable, hash: string): Promise<Date | undefined> {
  const [row] = await db.query<{ expires: Date }>(
    {
      name: 'initial_access_token',
      text: 'SELECT expires_at AS expires FROM initial_access_tokens WHERE hash = $1 AND expires_at > now()',
    },
    [hash],
  );
  return row?.expires;
}

/** Counts a registration, in its transaction. @returns false if the token has none left */
export async function takeRegistration(tx: Queryable, hash: string): Promise<boolean> {
  const rows = await tx.query(
    {
      name: 'use_initial_access_token',
      text: `UPDATE initial_access_tokens SET registrations_left = registrations_left - 1
              WHERE hash = $1 AND registrations_left > 0 AND expires_at > now() RETURNING hash`,
    },
    [hash],
  );
  return rows.length === 1;
}
