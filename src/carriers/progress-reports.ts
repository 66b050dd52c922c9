import { setTimeout as sleep } from 'node:timers/promises';
import type { AnnounceChanges } from '../core/calls/call.ts';
import { createCallMover } from '../core/calls/call-mover.ts';
import { failRecording } from '../core/calls/transition-store.ts';
import type { Database } from '../platform/database/database.ts';
import { DatabaseUnavailable } from '../platform/database/database-errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { Report } from './carrier.ts';

const RETRY_MS = 500;

/**
 * Writes the reports of carriers, those of one call in order. Retries while the database is unavailable. Logs any other error and
 * drops the report.
 */
export interface ProgressReports {
  readonly report: Report;
  /** Resolves when every report is written, or its next attempt has failed. */
  stop(): Promise<void>;
}

export function createProgressReports(
  database: Database,
  nodeId: string,
  announce: AnnounceChanges,
  log: Pick<Logger, 'warn' | 'error'>,
): ProgressReports {
  const moveCall = createCallMover(database);
  const inProgress = new Map<string, Promise<void>>();
  let stopped = false;

  async function write(...[callId, progress]: Parameters<Report>): Promise<void> {
    if ('recordingResult' in progress) return failRecording(database, callId, nodeId);
    const endedBy = 'reason' in progress ? 'carrier' : null;
    const change = await moveCall({ id: callId, progress, endedBy, nodeId });
    if (change) announce([change]);
  }

  async function writeWithRetry(...report: Parameters<Report>): Promise<void> {
    for (;;) {
      try {
        return await write(...report);
      } catch (err) {
        if (!(err instanceof DatabaseUnavailable)) {
          log.error({ err, callId: report[0] }, 'carrier: cannot write call progress; dropping the report');
          return;
        }
        log.warn({ err }, 'carrier: cannot write call progress; will retry');
        if (stopped) return;
      }
      await sleep(RETRY_MS);
    }
  }

  const report: Report = (callId, progress) => {
    const before = inProgress.get(callId) ?? Promise.resolve();
    const written = before.then(() => writeWithRetry(callId, progress));
    inProgress.set(callId, written);
    written.then(() => {
      if (inProgress.get(callId) === written) inProgress.delete(callId);
    });
  };

  return {
    report,
    async stop() {
      stopped = true;
      await Promise.all(inProgress.values());
    },
  };
}
