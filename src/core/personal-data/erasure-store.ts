import type { Queryable } from '../../platform/database/database.ts';
import { endSessionsAndTokens } from '../people/user-store.ts';
import { ERASED_NAME_SQL } from './erased-name.ts';

/** Tables from which an erasure deletes the user's rows. Calls stay and are stripped. */
const TABLES_TO_ERASE = ['grants', 'idempotency_keys', 'user_numbers', 'second_factors'];

/** Ends ongoing calls and removes all personal data from the row of the user (user_disabled in database/functions/). */
export async function anonymiseUser(tx: Queryable, userId: string): Promise<void> {
  await tx.query(
    {
      name: 'anonymise_user',
      text: `UPDATE users SET name = ${ERASED_NAME_SQL}, password_hash = '',
                              administrator = false, max_ongoing_calls = 0, sip_address = NULL,
                              disabled_at = coalesce(disabled_at, now()), erased_at = now()
              WHERE id = $1`,
    },
    [userId],
  );
  await endSessionsAndTokens(tx, userId); // a disabled user can have some from a sign-in at the time of disabling
  for (const table of TABLES_TO_ERASE)
    await tx.query({ name: `erase_${table}`, text: `DELETE FROM ${table} WHERE user_id = $1` }, [userId]);
}

export interface StrippedCalls {
  readonly calls: number;
  /** When the last of these calls was opened, in PostgreSQL's format; null without calls. */
  readonly last: string | null;
}

/** Strips the oldest calls first. @param from `last` of the previous batch */
export async function stripCalls(
  tx: Queryable,
  userId: string,
  from: string,
  limit: number,
): Promise<StrippedCalls> {
  const [row] = await tx.query<StrippedCalls>(
    {
      name: 'strip_calls_of_user',
      text: `WITH due AS (SELECT id, created_at FROM calls
                           WHERE user_id = $1 AND created_at >= $2 AND ended_at IS NOT NULL AND stripped_at IS NULL
                           ORDER BY created_at LIMIT $3 FOR UPDATE)
             SELECT count(*)::integer AS calls, max(created_at)::text AS last, strip_calls(array_agg(id)) FROM due`,
    },
    [userId, from, limit],
  );
  return row ?? { calls: 0, last: null };
}

export async function findUnfinishedErasure(db: Queryable): Promise<string | undefined> {
  const [user] = await db.query<{ id: string }>({
    name: 'unfinished_erasure',
    text: `SELECT id FROM users WHERE erased_at IS NOT NULL AND erasure_finished_at IS NULL ORDER BY erased_at LIMIT 1`,
  });
  return user?.id;
}

export async function finishErasure(db: Queryable, userId: string): Promise<void> {
  await db.query(
    {
      name: 'finish_erasure',
      locks: true,
      text: 'UPDATE users SET erasure_finished_at = now() WHERE id = $1',
    },
    [userId],
  );
}
