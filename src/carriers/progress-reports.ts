import { setTimeout as sleep } from 'node:timers/promises';
import type { AnnounceChanges } from '../core/calls/call.ts';
import { failRecording, moveCall } from '../core/calls/transition-store.ts';
import type { Database } from '../platform/database/database.ts';
import { DatabaseUnavailable } from '../platform/database/database-errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { Report } from './carrier.ts';

const RETRY_MS = 500;

/** Writes what carriers report, the steps of one call one after another, again and again while the database is away. What it refuses is logged, and not tried again. */
export function createProgressReports(
  database: Database,
  nodeId: string,
  announce: AnnounceChanges,
  log: Pick<Logger, 'warn' | 'error'>,
) {
  const underWay = new Map<string, Promise<void>>();
  let stopped = false;

  async function write(...[callId, progress]: Parameters<Report>): Promise<void> {
    if ('recordingResult' in progress) return failRecording(database, callId, nodeId);
    const endedBy = 'reason' in progress ? 'carrier' : null;
    const change = await moveCall(database, callId, progress, endedBy, nodeId);
    if (change) announce([change]);
  }

  async function insist(...report: Parameters<Report>): Promise<void> {
    for (;;) {
      try {
        return await write(...report);
      } catch (err) {
        if (!(err instanceof DatabaseUnavailable)) {
          log.error({ err, callId: report[0] }, 'carrier: cannot store a report; dropped');
          return;
        }
        log.warn({ err }, 'carrier: failed to store reports; will retry');
        if (stopped) return;
      }
      await sleep(RETRY_MS);
    }
  }

  const report: Report = (callId, progress) => {
    const before = underWay.get(callId) ?? Promise.resolve();
    const written = before.then(() => insist(callId, progress));
    underWay.set(callId, written);
    written.then(() => {
      if (underWay.get(callId) === written) underWay.delete(callId);
    });
  };

  return {
    report,
    /** Resolves when all that was reported is written, or could not be once more. */
    async stop(): Promise<void> {
      stopped = true;
      await Promise.all(underWay.values());
    },
  };
}
