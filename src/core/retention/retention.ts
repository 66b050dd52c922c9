import { tryAdvisoryLock } from '../../platform/database/advisory-locks.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/logger.ts';
import { finishErasures } from '../people/erasure.ts';
import { countDays } from '../statistics/statistics-service.ts';
import * as store from './retention-store.ts';

export interface RetentionSettings {
  /** Full days after the one on which a call ended; undefined: calls are kept for good. */
  readonly days: number | undefined;
  readonly action: store.RetentionAction;
}

const EVERY_MS = 60_000;
/** Calls a transaction, with their events and deliveries: locks are held for a moment. */
const BATCH = 500;

export interface Retention {
  /** The settings, and what was done last; undefined when nothing was yet. */
  show(): Promise<RetentionSettings & { readonly lastRun: store.RetentionRun | undefined }>;
  stop(): Promise<void>;
}

/**
 * Removes or strips calls that ended long enough ago, and finishes erasures that broke off: at the start and then every
 * minute, on one node at a time.
 */
export function startRetention(
  database: Database,
  settings: RetentionSettings,
  log: Pick<Logger, 'warn'>,
  everyMs = EVERY_MS,
): Retention {
  let working: Promise<void> | undefined;
  let stopped = false;
  const work = () => {
    working ??= finishErasures(database, () => stopped)
      .then(() => retain(database, settings, () => stopped))
      .catch((error) => log.warn({ err: error }, 'old calls could not be removed or stripped'))
      .finally(() => {
        working = undefined;
      });
  };
  work();
  const timer = setInterval(work, everyMs).unref();
  return {
    show: async () => ({ ...settings, lastRun: await store.findLastRun(database) }),
    /** Waits for the batch under way; what is left is left to the next start. */
    async stop() {
      stopped = true;
      clearInterval(timer);
      await working;
    },
  };
}

/** @param stopped asked between batches, whether to leave the rest */
export async function retain(
  database: Database,
  { days, action }: RetentionSettings,
  stopped = () => false,
): Promise<void> {
  if (days === undefined) return;
  const due = await store.findDueRange(database, action, days);
  if (!due) return;
  await countDays(database); // statistics outlive what they were counted from
  let { from } = due;
  for (let finished = false; !finished && !stopped(); ) {
    finished = await database.transaction(async (tx) => {
      if (!(await tryAdvisoryLock(tx, 'retention'))) return true;
      const { calls, last } = await store.actOnBatch(tx, action, { ...due, from }, BATCH);
      await store.recordBatch(tx, action, due.before, calls, calls < BATCH);
      from = last ?? from;
      return calls < BATCH;
    });
  }
}
