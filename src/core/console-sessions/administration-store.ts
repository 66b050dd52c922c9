import type { Queryable } from '../../platform/database/database.ts';
import type { SessionLifetimes } from './session-lifetimes.ts';
import { HAS_TOKEN } from './session-token.ts';

export interface ConsoleProof extends SessionLifetimes {
  readonly userId: string;
  /** SHA-256 of the token of a console session. */
  readonly hash: Buffer;
  /** Whether every administrator must have a second factor. */
  readonly required: boolean;
}

/**
 * What a browser shows of a user's second factor. `verified`: it was verified in the given session; `notNeeded`: the user has none,
 * and need not have one.
 */
export type SecondFactorStanding = 'verified' | 'notNeeded' | 'missing';

export async function findSecondFactorStanding(
  db: Queryable,
  proof: ConsoleProof,
): Promise<SecondFactorStanding> {
  const [row] = await db.query<{ standing: SecondFactorStanding }>(
    {
      name: 'second_factor_standing',
      text: `WITH has AS (SELECT EXISTS (SELECT FROM second_factors WHERE user_id = $1) AS factor)
             SELECT CASE
                      WHEN has.factor AND EXISTS (
                        SELECT FROM console_sessions s
                         WHERE ${HAS_TOKEN('$2')} AND s.user_id = $1 AND NOT s.second_factor_owed
                           AND s.signed_in_at > now() - make_interval(secs => $4)
                           AND s.seen_at > now() - make_interval(secs => $5)) THEN 'verified'
                      WHEN has.factor OR $3::boolean THEN 'missing'
                      ELSE 'notNeeded'
                    END AS standing
               FROM has`,
    },
    [proof.userId, proof.hash, proof.required, proof.maxAge, proof.maxIdle],
  );
  return row?.standing ?? 'missing';
}
