import type { Queryable } from '../../platform/database/database.ts';

/** All that is a person's, and goes with them; their calls stay, and are stripped. */
const OWNED = [
  'grants',
  'authorizations',
  'access_tokens',
  'artifacts',
  'idempotency_keys',
  'user_numbers',
  'console_sessions',
  'second_factors',
];

/** Ends ongoing calls, and leaves a row that says nothing and opens nothing (user_disabled in database/functions/). */
export async function anonymiseUser(tx: Queryable, userId: string): Promise<void> {
  await tx.query(
    {
      name: 'anonymise_user',
      text: `UPDATE users SET name = 'erased-' || gen_random_uuid(), password_hash = '',
                              administrator = false, max_ongoing_calls = 0, sip_address = NULL,
                              disabled_at = coalesce(disabled_at, now()), erased_at = now()
              WHERE id = $1`,
    },
    [userId],
  );
  for (const table of OWNED)
    await tx.query({ name: `erase_${table}`, text: `DELETE FROM ${table} WHERE user_id = $1` }, [userId]);
}

export interface StrippedCalls {
  readonly calls: number;
  /** When the last of them was opened, as PostgreSQL writes it; null without any. */
  readonly last: string | null;
}

/** The oldest first. @param from where the ones before ended */
export async function stripCalls(
  tx: Queryable,
  userId: string,
  from: string,
  most: number,
): Promise<StrippedCalls> {
  const [row] = await tx.query<StrippedCalls>(
    {
      name: 'strip_calls_of_user',
      text: `WITH due AS (SELECT id, created_at FROM calls
                           WHERE user_id = $1 AND created_at >= $2 AND ended_at IS NOT NULL AND stripped_at IS NULL
                           ORDER BY created_at LIMIT $3 FOR UPDATE)
             SELECT count(*)::integer AS calls, max(created_at)::text AS last, strip_calls(array_agg(id)) FROM due`,
    },
    [userId, from, most],
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
