import type { Queryable } from '../../platform/database/database.ts';

export interface TotpRow {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly sealedSecret: Buffer;
  /** Time step of the last accepted code. */
  readonly lastStep: number;
}

export async function insertTotp(db: Queryable, totp: TotpRow): Promise<void> {
  await db.query(
    {
      name: 'insert_totp',
      text: `INSERT INTO second_factors (id, user_id, kind, name, sealed_secret, last_step)
             VALUES ($1, $2, 'totp', $3, $4, $5)`,
    },
    [totp.id, totp.userId, totp.name, totp.sealedSecret, totp.lastStep],
  );
}

export function listTotpSecrets(
  db: Queryable,
  userId: string,
): Promise<Pick<TotpRow, 'id' | 'sealedSecret'>[]> {
  return db.query(
    {
      name: 'list_totp_secrets',
      text: `SELECT id, sealed_secret AS "sealedSecret" FROM second_factors WHERE user_id = $1 AND kind = 'totp'`,
    },
    [userId],
  );
}

/** @returns false if a code of this time step, or of a later one, was already accepted */
export async function useTotpStep(db: Queryable, id: string, step: number): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'use_totp_step',
      locks: true,
      text: `UPDATE second_factors SET last_step = $2, last_used_at = now()
              WHERE id = $1 AND last_step < $2 RETURNING id`,
    },
    [id, step],
  );
  return rows.length === 1;
}
