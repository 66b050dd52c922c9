import type { Queryable } from '../../platform/database/database.ts';

/** Delay after midnight before a day is counted, because the end of a call is written shortly before its commit. */
const COUNTED_AFTER = `interval '10 minutes'`;
/** The first UTC day that may not be counted yet: today, or yesterday shortly after midnight. */
const FIRST_OPEN_DAY = `((now() - ${COUNTED_AFTER}) AT TIME ZONE 'UTC')::date`;

export interface OngoingNow {
  readonly at: Date;
  readonly ongoing: number;
  readonly changes: readonly StepCount[];
}

/** The calls of the `back`-th step before `at`, from 0. */
export interface StepCount {
  readonly back: number;
  readonly opened: number;
  readonly ended: number;
}

/** Counts the calls that are ongoing now, and those that were opened and ended in the steps before. */
export async function findOngoing(db: Queryable, steps: number, stepSeconds: number): Promise<OngoingNow> {
  const [row] = await db.query<OngoingNow>(
    {
      name: 'statistics_ongoing',
      search: true,
      text: `WITH opened AS (
               SELECT greatest(0, floor(extract(epoch FROM now() - created_at) / $2))::integer AS back, count(*)::integer AS calls
                 FROM calls WHERE id <> '' AND created_at > now() - $1 * $2 * interval '1 second' GROUP BY 1),
             ended AS (
               SELECT greatest(0, floor(extract(epoch FROM now() - ended_at) / $2))::integer AS back, count(*)::integer AS calls
                 FROM calls WHERE ended_at > now() - $1 * $2 * interval '1 second' GROUP BY 1),
             changes AS (
               SELECT back, coalesce(o.calls, 0) AS opened, coalesce(e.calls, 0) AS ended
                 FROM opened o FULL JOIN ended e USING (back))
             SELECT now() AS at, (SELECT count(*)::integer FROM calls WHERE ended_at IS NULL) AS ongoing,
                    (SELECT coalesce(jsonb_agg(to_jsonb(c)), '[]') FROM changes c) AS changes`,
    },
    [steps, stepSeconds],
  );
  return row ?? { at: new Date(), ongoing: 0, changes: [] };
}

/** Lists past days that are not counted yet. @param from first day, as `2026-01-31` */
export async function findUncountedDays(db: Queryable, from: string): Promise<string[]> {
  const rows = await db.query<{ day: string }>(
    {
      name: 'uncounted_days',
      text: `SELECT d.at::date::text AS day
               FROM generate_series($1::date, ${FIRST_OPEN_DAY} - 1, interval '1 day') AS d (at)
              WHERE NOT EXISTS (SELECT FROM counted_days c WHERE c.day = d.at::date) ORDER BY 1`,
    },
    [from],
  );
  return rows.map(({ day }) => day);
}

export async function countDay(db: Queryable, day: string): Promise<void> {
  await db.query({ name: 'count_day', search: true, text: 'SELECT count_day($1::date)' }, [day]);
}

/** @returns the day on which the oldest stored call ended; undefined without calls */
export async function findFirstDay(db: Queryable): Promise<string | undefined> {
  const [row] = await db.query<{ day: string | null }>({
    name: 'first_day',
    text: `SELECT (min(ended_at) AT TIME ZONE 'UTC')::date::text AS day FROM calls WHERE ended_at IS NOT NULL`,
  });
  return row?.day ?? undefined;
}

export interface OutcomeCount {
  /** As `2026-01-31`. */
  readonly day: string;
  readonly outcome: string;
  readonly calls: number;
}

/** Ended calls of the days: past days from their counts, the calls of the other days. $1: number of days */
const ENDINGS = `
  (SELECT d.*
     FROM (SELECT * FROM ending_days WHERE day < ${FIRST_OPEN_DAY}
            UNION ALL SELECT * FROM endings_between(${FIRST_OPEN_DAY}::timestamp AT TIME ZONE 'UTC', 'infinity')) d
    WHERE d.day > (now() AT TIME ZONE 'UTC')::date - $1::integer)`;

export function findOutcomes(db: Queryable, days: number): Promise<OutcomeCount[]> {
  return db.query<OutcomeCount>(
    {
      name: 'statistics_outcomes',
      search: true,
      text: `SELECT day::text, call_outcome(answered, reason) AS outcome, sum(calls)::float8 AS calls
               FROM ${ENDINGS} e GROUP BY 1, 2`,
    },
    [days],
  );
}

export interface ReasonCount {
  /** As `2026-01-31`. */
  readonly day: string;
  readonly reason: string;
  readonly calls: number;
}

export function findReasons(db: Queryable, days: number): Promise<ReasonCount[]> {
  return db.query<ReasonCount>(
    {
      name: 'statistics_reasons',
      search: true,
      text: `SELECT day::text, reason, sum(calls)::float8 AS calls FROM ${ENDINGS} e GROUP BY 1, 2`,
    },
    [days],
  );
}

export interface ConnectTimeCount {
  /** Whole tenths of a second. */
  readonly tenths: number;
  readonly calls: number;
}

/** In ascending order of time. */
export function findConnectTimes(db: Queryable, days: number): Promise<ConnectTimeCount[]> {
  return db.query<ConnectTimeCount>(
    {
      name: 'statistics_connect_times',
      search: true,
      text: `SELECT d.tenths, sum(d.calls)::float8 AS calls
               FROM (SELECT * FROM connect_time_days WHERE day < ${FIRST_OPEN_DAY}
                      UNION ALL SELECT * FROM connect_times_between(${FIRST_OPEN_DAY}::timestamp AT TIME ZONE 'UTC', 'infinity')) d
              WHERE d.day > (now() AT TIME ZONE 'UTC')::date - $1::integer
              GROUP BY 1 ORDER BY 1`,
    },
    [days],
  );
}

/** @returns the UTC day `daysAgo` days before today by the clock of the database, as `2026-01-31` */
export async function findDay(db: Queryable, daysAgo: number): Promise<string> {
  const [row] = await db.query<{ day: string }>(
    { name: 'day', text: `SELECT ((now() AT TIME ZONE 'UTC')::date - $1::integer)::text AS day` },
    [daysAgo],
  );
  return row?.day ?? '';
}
