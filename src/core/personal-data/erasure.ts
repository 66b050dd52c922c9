import type { Database } from '../../platform/database/database.ts';
import { type PeriodicJob, startPeriodicJob } from '../../platform/jobs/periodic-job.ts';
import type { Logger } from '../../platform/logger.ts';
import { findUnfinishedErasure, finishErasure, stripCalls } from './erasure-store.ts';

const EVERY_MS = 60_000;
/** Calls per transaction, few enough to hold locks only briefly. */
const BATCH = 500;

/** Checked between batches; the periodic job does the rest. */
type StopSignal = Pick<AbortSignal, 'aborted'>;

/** Strips the calls of an erased user. */
export async function stripCallsOf(database: Database, userId: string, signal?: StopSignal): Promise<void> {
  let from = '-infinity';
  while (!signal?.aborted) {
    const stripped = await database.transaction((tx) => stripCalls(tx, userId, from, BATCH));
    if (stripped.calls < BATCH) return finishErasure(database, userId);
    from = stripped.last ?? from;
  }
}

/** Finishes erasures that were interrupted. */
export async function finishErasures(database: Database, signal?: StopSignal): Promise<void> {
  while (!signal?.aborted) {
    const userId = await findUnfinishedErasure(database);
    if (userId === undefined) return;
    await stripCallsOf(database, userId, signal);
  }
}

/** Finishes interrupted erasures at the start and then every minute. */
export function startErasureJob(database: Database, log: Pick<Logger, 'warn'>): PeriodicJob {
  return startPeriodicJob({
    everyMs: EVERY_MS,
    run: (signal) => finishErasures(database, signal),
    onError: (error) => log.warn({ err: error }, 'personal data: erasure failed; will retry'),
  });
}
