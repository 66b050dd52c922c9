import type { Queryable } from '../../platform/database/database.ts';

/** Wrong passwords in a row after which a name gets one attempt per pause. */
export const FREE_FAILURES = 100;
/** Seconds between two attempts then. */
const PAUSE_SECONDS = 60;
/** Hours after the last failure in which a count starts again; slower guessing is slower than one attempt per pause. */
export const KEPT_HOURS = 24;

export interface CountedFailure {
  /** With this attempt; 0 if it is refused. */
  readonly failures: number;
  /** Until the next attempt is allowed; 0: this one is. */
  readonly waitSeconds: number;
}

/** Counts an attempt as failed, or refuses it. The row's lock orders simultaneous attempts. @param nameHash SHA-256 */
export async function countFailure(db: Queryable, nameHash: Buffer): Promise<CountedFailure> {
  const [row] = await db.query<CountedFailure>(
    {
      name: 'count_password_failure',
      locks: true,
      text: `WITH counted AS (
               INSERT INTO password_failures AS f (name_hash, failures, failed_at) VALUES ($1, 1, now())
               ON CONFLICT (name_hash) DO UPDATE
                  SET failed_at = now(),
                      failures = CASE WHEN f.failed_at < now() - make_interval(hours => $4) THEN 1 ELSE f.failures + 1 END
                WHERE f.failures < $2 OR f.failed_at <= now() - make_interval(secs => $3)
               RETURNING f.failures
             )
             SELECT failures, 0 AS "waitSeconds" FROM counted
              UNION ALL
             SELECT 0, greatest(1, ceil($3 - extract(epoch FROM now() - failed_at)))::integer
               FROM password_failures WHERE name_hash = $1 AND NOT EXISTS (SELECT FROM counted)`,
    },
    [nameHash, FREE_FAILURES, PAUSE_SECONDS, KEPT_HOURS],
  );
  // No row: a simultaneous first attempt, which this statement's snapshot does not show, has just used up the pause.
  return row ?? { failures: 0, waitSeconds: PAUSE_SECONDS };
}

export async function deleteFailures(db: Queryable, nameHash: Buffer): Promise<void> {
  await db.query(
    {
      name: 'delete_password_failures',
      locks: true,
      text: 'DELETE FROM password_failures WHERE name_hash = $1',
    },
    [nameHash],
  );
}
