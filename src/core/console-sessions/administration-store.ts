import type { Queryable } from '../../platform/database/database.ts';
import type { SessionLifetimes } from './session-lifetimes.ts';

export interface ConsoleProof extends SessionLifetimes {
  readonly userId: string;
  /** SHA-256 of the token of a console session. */
  readonly hash: Buffer;
  /** Whether every administrator must have a second factor. */
  readonly required: boolean;
}

/** Whether the user needs no second factor, or verified it in the given session. */
export async function hasVerifiedSecondFactor(db: Queryable, proof: ConsoleProof): Promise<boolean> {
  const [row] = await db.query<{ verified: boolean }>(
    {
      name: 'second_factor_verified',
      text: `WITH has AS (SELECT EXISTS (SELECT FROM second_factors WHERE user_id = $1) AS factor)
             SELECT CASE WHEN has.factor THEN EXISTS (
                      SELECT FROM console_sessions s
                       WHERE s.hash = $2 AND s.user_id = $1 AND NOT s.second_factor_owed
                         AND s.signed_in_at > now() - make_interval(secs => $4)
                         AND s.seen_at > now() - make_interval(secs => $5))
                    ELSE NOT $3::boolean END AS verified
               FROM has`,
    },
    [proof.userId, proof.hash, proof.required, proof.maxAge, proof.maxIdle],
  );
  return row?.verified === true;
}
