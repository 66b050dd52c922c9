import type { Queryable } from '../../platform/database/database.ts';

export const RETENTION_ACTIONS = ['remove', 'strip'] as const;
export type RetentionAction = (typeof RETENTION_ACTIONS)[number];

/** A run of retention over all calls that ended before a day. */
export interface RetentionRun {
  readonly action: RetentionAction;
  readonly endedBefore: Date;
  /** Number of calls processed so far. */
  readonly calls: number;
  readonly startedAt: Date;
  /** Null while the run is incomplete. */
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
  /** Times in PostgreSQL's format, because a JavaScript date has only milliseconds. */
  readonly from: string;
  readonly before: string;
}

/** @returns the range from the end of the last run to the start of the UTC day `days` ago; undefined if it is empty */
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
  /** When the last of these calls ended; null without calls. */
  readonly last: string | null;
}

/** Removes or strips the oldest calls first. */
export async function processBatch(
  tx: Queryable,
  action: RetentionAction,
  { from, before }: DueRange,
  limit: number,
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
    [from, before, limit],
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
