import { tryAdvisoryLock } from '../../platform/database/advisory-locks.ts';
import type { Database } from '../../platform/database/database.ts';
import { type PeriodicJob, startPeriodicJob } from '../../platform/jobs/periodic-job.ts';
import type { Logger } from '../../platform/logger.ts';
import { countDays } from '../statistics/statistics-service.ts';
import * as store from './retention-store.ts';

export { RETENTION_ACTIONS, type RetentionAction } from './retention-store.ts';

export interface RetentionSettings {
  /** Full days to keep a call after the day on which it ended; undefined: calls are kept forever. */
  readonly days: number | undefined;
  readonly action: store.RetentionAction;
}

const EVERY_MS = 60_000;
/** Calls per transaction, with their events and deliveries; few enough to hold locks only briefly. */
const BATCH = 500;

export interface Retention {
  /** Returns the settings and the last run, if any. */
  show(): Promise<RetentionSettings & { readonly lastRun: store.RetentionRun | undefined }>;
}

/** Shows the retention. `startRetention` applies it. */
export function createRetention(database: Database, settings: RetentionSettings): Retention {
  return { show: async () => ({ ...settings, lastRun: await store.findLastRun(database) }) };
}

/** Removes or strips calls that are older than the retention, at the start and then every minute, on one node at a time. */
export function startRetention(
  database: Database,
  settings: RetentionSettings,
  log: Pick<Logger, 'warn'>,
): PeriodicJob {
  return startPeriodicJob({
    everyMs: EVERY_MS,
    run: (signal) => applyRetention(database, settings, signal),
    onError: (error) => log.warn({ err: error }, 'retention: failed to remove or strip calls; will retry'),
  });
}

/** @param signal checked between batches */
export async function applyRetention(
  database: Database,
  { days, action }: RetentionSettings,
  signal?: Pick<AbortSignal, 'aborted'>,
): Promise<void> {
  if (days === undefined) return;
  const due = await store.findDueRange(database, action, days);
  if (!due) return;
  await countDays(database); // before the calls are removed
  let { from } = due;
  for (let finished = false; !finished && !signal?.aborted; ) {
    finished = await database.transaction(async (tx) => {
      if (!(await tryAdvisoryLock(tx, 'retention'))) return true;
      const { calls, last } = await store.processBatch(tx, action, { ...due, from }, BATCH);
      await store.recordBatch(tx, action, due.before, calls, calls < BATCH);
      from = last ?? from;
      return calls < BATCH;
    });
  }
}
