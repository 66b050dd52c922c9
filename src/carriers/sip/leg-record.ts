import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../platform/database/database.ts';
import { DatabaseUnavailable } from '../../platform/database/database-errors.ts';
import type { CarrierParts } from '../carrier.ts';
import { claimLegs, deleteLegs, type StoredLeg, saveLeg } from './leg-store.ts';
import type { LegName } from './outcomes.ts';
import type { SavedLeg } from './user-agent/saved-leg.ts';

const RETRY_MS = 500;
/** How long a phone waits for its ACK while the database is away; it gives up after 32 s (RFC 3261 section 13.3.1.4). */
const PATIENCE_MS = 5_000;

export interface LegRecord {
  /** The leg is like this now: writes it, after what is being written. */
  save(leg: LegName, saved: SavedLeg): void;
  /** Resolves when all that was saved is written, or cannot be, or after some seconds. @returns whether it is */
  written(): Promise<boolean>;
  /** Whether another process that takes the call over finds this leg confirmed, and so goes on with it or ends it. */
  isConfirmed(leg: LegName): boolean;
  /** What another process left. @throws DatabaseUnavailable once closed */
  claim(): Promise<readonly StoredLeg[]>;
  /** Of these legs nothing is left; the others stay as they were last saved, and nothing more is written. */
  remove(legs: readonly LegName[]): Promise<void>;
  /** From now on nothing is tried again. */
  close(): void;
}

/**
 * Keeps the legs of one call in the database, so that another process can go on with them. While the database is away it
 * tries again.
 * @param failed is told once why a leg cannot be written, with CallLost when another process holds the call; from then on
 *   none is
 */
export function createLegRecord(
  callId: string,
  { database, nodeId, log }: Pick<CarrierParts, 'database' | 'nodeId' | 'log'>,
  failed: (why: unknown) => void,
): LegRecord {
  const unwritten = new Map<LegName, SavedLeg>();
  const confirmed = new Set<LegName>();
  let writing: Promise<boolean> | undefined;
  let hasFailed = false;
  let removing = false;
  let closed = false;

  /** @throws DatabaseUnavailable once it is to stop; at once whatever else keeps it from being done */
  async function again<T>(act: (db: Database) => Promise<T>, stops: () => boolean): Promise<T> {
    for (;;) {
      try {
        return await act(database);
      } catch (err) {
        if (stops() || !(err instanceof DatabaseUnavailable)) throw err;
        log.warn({ err, callId }, 'the legs of a call could not be saved yet');
      }
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }

  /** One after another, so that the last state is what stays. */
  async function write(): Promise<void> {
    for (const [leg, saved] of unwritten) {
      await again(
        (db) => saveLeg(db, nodeId, { callId, leg, saved }),
        () => closed || removing,
      );
      if (saved.phase === 'confirmed') confirmed.add(leg);
      if (unwritten.get(leg) === saved) unwritten.delete(leg);
    }
    if (unwritten.size > 0) await write();
  }

  function giveUp(why: unknown): boolean {
    if (closed || removing) return false;
    hasFailed = true;
    failed(why);
    return false;
  }

  return {
    save(leg, saved) {
      if (hasFailed || removing) return;
      unwritten.set(leg, saved);
      writing ??= write()
        .then(() => true, giveUp)
        .finally(() => {
          writing = undefined;
        });
    },
    written: async () =>
      !hasFailed &&
      (await Promise.race([writing ?? true, sleep(PATIENCE_MS, false, { ref: false })])) === true,
    isConfirmed: (leg) => confirmed.has(leg),
    async claim() {
      const claimed = await again(
        (db) => claimLegs(db, nodeId, callId),
        () => closed,
      );
      for (const { leg, saved } of claimed) if (saved.phase === 'confirmed') confirmed.add(leg);
      return claimed;
    },
    async remove(legs) {
      removing = true;
      unwritten.clear();
      await writing;
      // whoever comes next finds them gone
      await again(
        (db) => deleteLegs(db, nodeId, callId, legs),
        () => closed,
      ).catch(() => {});
    },
    close() {
      closed = true;
    },
  };
}
