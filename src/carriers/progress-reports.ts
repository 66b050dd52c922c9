import { setTimeout as sleep } from 'node:timers/promises';
import type { AnnounceChanges } from '../core/calls/call.ts';
import { failRecording, moveCall } from '../core/calls/transition-store.ts';
import type { Database } from '../platform/database/database.ts';
import { DatabaseUnavailable } from '../platform/database/database-errors.ts';
import type { Logger } from '../platform/logger.ts';
import { moveCallWithLegs } from './carried-leg-store.ts';
import type { Report, ReportWithLegs } from './carrier.ts';

const RETRY_MS = 500;

/** Writes the reports of carriers, those of one call in order. Retries while the database is unavailable. */
export interface ProgressReports {
  /** Logs any other error, and drops the report. */
  readonly report: Report;
  readonly reportWithLegs: ReportWithLegs;
  /** Resolves when every report is written, or its next attempt has failed. */
  stop(): Promise<void>;
}

export function createProgressReports(
  database: Database,
  nodeId: string,
  announce: AnnounceChanges,
  log: Pick<Logger, 'warn' | 'error'>,
): ProgressReports {
  /** The last report of each call. It never rejects. */
  const inProgress = new Map<string, Promise<void>>();
  let stopped = false;

  async function write(...[callId, progress]: Parameters<Report>): Promise<void> {
    if ('recordingResult' in progress) return failRecording(database, callId, nodeId);
    const endedBy = 'reason' in progress ? 'carrier' : null;
    const change = await moveCall(database, callId, progress, endedBy, nodeId);
    if (change) announce([change]);
  }

  /** @throws any error of the database; DatabaseUnavailable only once this process stops */
  async function retry(act: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await act();
      } catch (err) {
        if (!(err instanceof DatabaseUnavailable)) throw err;
        log.warn({ err }, 'carrier: cannot write call progress; will retry');
        if (stopped) throw err;
      }
      await sleep(RETRY_MS);
    }
  }

  /** Writes after the earlier reports of the call. */
  function enqueue(callId: string, act: () => Promise<void>): Promise<void> {
    const before = inProgress.get(callId) ?? Promise.resolve();
    const written = before.then(() => retry(act));
    const settled: Promise<void> = written
      .catch(() => {})
      .then(() => {
        if (inProgress.get(callId) === settled) inProgress.delete(callId);
      });
    inProgress.set(callId, settled);
    return written;
  }

  const report: Report = (callId, progress) => {
    enqueue(callId, () => write(callId, progress)).catch((err) => {
      if (!(err instanceof DatabaseUnavailable))
        log.error({ err, callId }, 'carrier: cannot write call progress; dropping the report');
    });
  };

  const reportWithLegs: ReportWithLegs = (step, legs) =>
    enqueue(legs.callId, async () => {
      const change = await moveCallWithLegs(database, nodeId, step, legs);
      if (change) announce([change]);
    });

  return {
    report,
    reportWithLegs,
    async stop() {
      stopped = true;
      await Promise.all(inProgress.values());
    },
  };
}
