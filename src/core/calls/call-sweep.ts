import type { Database } from '../../platform/database/database.ts';
import { type PeriodicJob, startPeriodicJob } from '../../platform/jobs/periodic-job.ts';
import type { Logger } from '../../platform/logger.ts';
import type { AnnounceChanges } from './call.ts';
import { sweepOverdueCalls } from './transition-store.ts';

const EVERY_MS = 1_000;
/** Calls per transaction, few enough to stay within the statement timeout. */
const BATCH = 200;

/** Ends overdue calls every second, on one node at a time, so that an abandoned call cannot block its user. */
export function startCallSweep(
  database: Database,
  announce: AnnounceChanges,
  log: Pick<Logger, 'warn'>,
): PeriodicJob {
  async function sweep(signal: AbortSignal): Promise<void> {
    let ended: number;
    do {
      const changes = await sweepOverdueCalls(database, BATCH);
      announce(changes);
      ended = changes.length;
    } while (ended === BATCH && !signal.aborted);
  }

  return startPeriodicJob({
    everyMs: EVERY_MS,
    run: sweep,
    onError: (error) => log.warn({ err: error }, 'calls: failed to end overdue calls; will retry'),
  });
}
