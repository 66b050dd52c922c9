import type { Queryable } from '../../platform/database/database.ts';

export const RETENTION_ACTIONS = ['remove', 'strip'] as const;
export type RetentionAction = (typeof RETENTION_ACTIONS)[number];

/** What became of all calls that ended before a day. */
export interface RetentionRun {
  readonly action: RetentionAction;
  readonly endedBefore: Date;
  /** So far. */
  readonly calls: number;
  readonly startedAt: Date;
  /** Null while there is more to do. */
  readonly finishedAt: Date | null;
}

const RUN = `action, ended_before AS "endedBefore", calls::float8 AS calls, started_at AS "startedAt", finished_at AS "finishedAt"`;

export async function findLastRun(db: Queryable): Promise<RetentionRun | undefined> {
  const [run] = await db.query<RetentionRun>({
    name: 'last_retention_run',
    text: `SELECT ${RUN} FROM retention_runs ORDER BY started_at DESC LIMIT 1`,
  });
  return run;
}

export interface DueRange {
  /** Times as PostgreSQL writes them: a JavaScript date would cut them to milliseconds. */
  readonly from: string;
  readonly before: string;
}

/** Between what was finished before and the beginning of the day so many days ago, in UTC; undefined when that is nothing. */
export async function findDueRange(
  db: Queryable,
  action: RetentionAction,
  days: number,
): Promise<DueRange | undefined> {
  const [range] = await db.query<DueRange>(
    {
      name: 'due_for_retention',
      text: `SELECT d.from::text, d.before::text
               FROM (SELECT date_trunc('day', now(), 'UTC') - $2 * interval '1 day' AS before,
                            coalesce(max(ended_before), '-infinity') AS from
                       FROM retention_runs WHERE action = $1 AND finished_at IS NOT NULL) d
              WHERE d.from < d.before`,
    },
    [action, days],
  );
  return range;
}

export interface Batch {
  readonly calls: number;
  /** When the last of them ended; null without any. */
  readonly last: string | null;
}

/** The oldest first. */
export async function actOnBatch(
  tx: Queryable,
  action: RetentionAction,
  { from, before }: DueRange,
  most: number,
): Promise<Batch> {
  const due = `
    SELECT id, ended_at FROM calls
     WHERE ended_at >= $1 AND ended_at < $2 AND ${action === 'strip' ? 'stripped_at IS NULL' : 'true'} ORDER BY ended_at LIMIT $3 FOR UPDATE`;
  const [batch] = await tx.query<Batch>(
    {
      name: `retention_${action}`,
      text:
        action === 'remove'
          ? `WITH due AS (${due}), removed AS (DELETE FROM calls c USING due WHERE c.id = due.id)
             SELECT count(*)::integer AS calls, max(ended_at)::text AS last FROM due`
          : `WITH due AS (${due})
             SELECT count(*)::integer AS calls, max(ended_at)::text AS last, strip_calls(array_agg(id)) FROM due`,
    },
    [from, before, most],
  );
  return { calls: batch?.calls ?? 0, last: batch?.last ?? null };
}

export async function recordBatch(
  tx: Queryable,
  action: RetentionAction,
  before: string,
  calls: number,
  finished: boolean,
): Promise<void> {
  await tx.query(
    {
      name: 'record_retention',
      text: `INSERT INTO retention_runs AS r (action, ended_before, calls, finished_at)
             VALUES ($1, $2, $3, CASE WHEN $4 THEN clock_timestamp() END)
             ON CONFLICT (action, ended_before)
             DO UPDATE SET calls = r.calls + excluded.calls, finished_at = excluded.finished_at`,
    },
    [action, before, calls, finished],
  );
}
