import { tryAdvisoryLock } from '../database/advisory-locks.ts';
import type { Database, Queryable } from '../database/database.ts';
import type { Logger } from '../logger.ts';
import { type PeriodicJob, startPeriodicJob } from './periodic-job.ts';

const EVERY_MS = 5 * 60 * 1000;
/** Rows per transaction, few enough to stay within the statement timeout. */
const BATCH = 5_000;

/** Selects the expired rows of a table. Each feature declares the rules for its own tables. */
export interface ExpiryRule {
  readonly table: string;
  /** Unique among the rules of a table. */
  readonly name: string;
  /** @returns SQL that selects the `ctid` of at most `limit` expired rows */
  select(limit: number): string;
}

/** @param condition SQL condition of an expired row; it needs an index */
export function expiredWhen(table: string, condition: string): ExpiryRule {
  return {
    table,
    name: 'expired',
    select: (limit) => `SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${limit}`,
  };
}

/** Deletes expired rows every five minutes; a start has more urgent things to do. Expired rows are already invalid before that. */
export function startExpirySweep(
  database: Database,
  rules: readonly ExpiryRule[],
  log: Pick<Logger, 'warn'>,
): PeriodicJob {
  return startPeriodicJob({
    everyMs: EVERY_MS,
    runAtStart: false,
    run: (signal) => sweepExpired(database, rules, signal),
    onError: (error) => log.warn({ err: error }, 'expiry: failed to delete expired rows; will retry'),
  });
}

/**
 * Applies one rule after the other. Does nothing while another node sweeps.
 * @param signal checked between batches
 */
export async function sweepExpired(
  database: Database,
  rules: readonly ExpiryRule[],
  signal?: AbortSignal,
): Promise<void> {
  for (const rule of rules) {
    let deleted = BATCH;
    while (deleted === BATCH && !signal?.aborted)
      deleted = await database.transaction((tx) => deleteBatch(tx, rule));
  }
}

/** @returns the number of deleted rows */
async function deleteBatch(tx: Queryable, { table, name, select }: ExpiryRule): Promise<number> {
  if (!(await tryAdvisoryLock(tx, 'expirySweep'))) return 0;
  const deleted = await tx.query({
    name: `sweep_${table}_${name}`,
    text: `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(${select(BATCH)})) RETURNING 1 AS one`,
  });
  return deleted.length;
}
