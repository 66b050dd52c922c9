import type { Queryable } from '../../platform/database/database.ts';

export const SECOND_FACTOR_KINDS = ['totp', 'passkey'] as const;
export type SecondFactorKind = (typeof SECOND_FACTOR_KINDS)[number];

/** Something with which a user proves their identity in addition to the password. */
export interface SecondFactor {
  /** UUID */
  readonly id: string;
  readonly kind: SecondFactorKind;
  /** Chosen by the user. */
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** Oldest first. */
export function listSecondFactors(db: Queryable, userId: string): Promise<SecondFactor[]> {
  return db.query<SecondFactor>(
    {
      name: 'list_second_factors',
      text: `SELECT id, kind, name, created_at AS "createdAt", last_used_at AS "lastUsedAt"
               FROM second_factors WHERE user_id = $1 ORDER BY created_at, id`,
    },
    [userId],
  );
}

/** Locks the user, so that no other transaction can add a second factor. @returns the number of second factors */
export async function countSecondFactors(tx: Queryable, userId: string): Promise<number> {
  await tx.query(
    { name: 'lock_second_factors', text: 'SELECT 1 AS one FROM users WHERE id = $1 FOR NO KEY UPDATE' },
    [userId],
  );
  const [row] = await tx.query<{ count: number }>(
    {
      name: 'count_second_factors',
      text: 'SELECT count(*)::integer AS count FROM second_factors WHERE user_id = $1',
    },
    [userId],
  );
  return row?.count ?? 0;
}

export async function renameSecondFactor(
  db: Queryable,
  userId: string,
  id: string,
  name: string,
): Promise<void> {
  await db.query(
    {
      name: 'rename_second_factor',
      locks: true,
      text: 'UPDATE second_factors SET name = $3 WHERE user_id = $1 AND id::text = $2',
    },
    [userId, id, name],
  );
}

/** @returns its kind; undefined if the user has no such second factor */
export async function deleteSecondFactor(
  db: Queryable,
  userId: string,
  id: string,
): Promise<SecondFactorKind | undefined> {
  const [row] = await db.query<{ kind: SecondFactorKind }>(
    {
      name: 'delete_second_factor',
      text: 'DELETE FROM second_factors WHERE user_id = $1 AND id::text = $2 RETURNING kind',
    },
    [userId, id],
  );
  return row?.kind;
}

/** @returns their kinds */
export async function deleteSecondFactorsOf(db: Queryable, userId: string): Promise<SecondFactorKind[]> {
  const rows = await db.query<{ kind: SecondFactorKind }>(
    {
      name: 'delete_second_factors_of',
      text: 'DELETE FROM second_factors WHERE user_id = $1 RETURNING kind',
    },
    [userId],
  );
  return rows.map(({ kind }) => kind);
}
