import type { Queryable } from '../../platform/database/database.ts';

export interface ConsoleProof {
  readonly userId: string;
  /** SHA-256 of the token of a console session. */
  readonly hash: Buffer;
  /** Whether every administrator must have a second factor. */
  readonly required: boolean;
  /** Maximum age of the session in seconds. */
  readonly longest: number;
  /** Maximum idle time of the session in seconds. */
  readonly idle: number;
}

/** Whether the user needs no second factor, or verified it in the given session. */
export async function findAdministrationShown(db: Queryable, shown: ConsoleProof): Promise<boolean> {
  const [row] = await db.query<{ shown: boolean }>(
    {
      name: 'administration_shown',
      text: `WITH has AS (SELECT EXISTS (SELECT FROM second_factors WHERE user_id = $1) AS factor)
             SELECT CASE WHEN has.factor THEN EXISTS (
                      SELECT FROM console_sessions s
                       WHERE s.hash = $2 AND s.user_id = $1 AND NOT s.second_factor_owed
                         AND s.signed_in_at > now() - make_interval(secs => $4)
                         AND s.seen_at > now() - make_interval(secs => $5))
                    ELSE NOT $3::boolean END AS shown
               FROM has`,
    },
    [shown.userId, shown.hash, shown.required, shown.longest, shown.idle],
  );
  return row?.shown === true;
}
