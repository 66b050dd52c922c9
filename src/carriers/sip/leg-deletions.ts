import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailable } from '../../platform/database/database-errors.ts';
import type { CarrierDeps } from '../carrier.ts';
import { deleteLegs, type LegId } from './leg-store.ts';

/** How long legs wait for those of other calls. Until then, a crash costs a BYE more, which the phone answers with 481. */
const COLLECT_MS = 100;
const RETRY_MS = 500;

/** Deletes legs that are over, those of all calls of this node together. */
export interface LegDeletions {
  /** Resolves when they are deleted, or cannot be deleted; waits while the database is unavailable. */
  delete(legs: readonly LegId[]): Promise<void>;
}

export function createLegDeletions(
  database: CarrierDeps['database'],
  nodeId: string,
  log: Pick<CarrierDeps['log'], 'warn'>,
): LegDeletions {
  let collected: LegId[] = [];
  let next: Promise<void> | undefined;

  async function deleteCollected(): Promise<void> {
    await sleep(COLLECT_MS, undefined, { ref: false });
    next = undefined;
    const legs = collected;
    collected = [];
    for (;;) {
      try {
        return await deleteLegs(database, nodeId, legs);
      } catch (err) {
        log.warn({ err }, 'sip: cannot delete the records of legs that are over; will retry');
        if (!(err instanceof DatabaseUnavailable)) return; // releaseOrphans ends them once more
      }
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }

  return {
    async delete(legs) {
      if (legs.length === 0) return;
      collected.push(...legs);
      next ??= deleteCollected();
      await next;
    },
  };
}
