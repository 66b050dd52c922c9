import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
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
  /** Resolves when all that was saved is written, or after some seconds. @returns whether it is */
  written(): Promise<boolean>;
  /** What another process left. @throws DatabaseUnavailable once closed */
  claim(): Promise<readonly StoredLeg[]>;
  /** Nothing is left of the legs. */
  remove(): Promise<void>;
  /** From now on nothing is tried again. */
  close(): void;
}

/** Keeps the legs of one call in the database, so that another process can go on with them. */
export function createLegRecord(
  callId: string,
  { database, nodeId, log }: Pick<CarrierParts, 'database' | 'nodeId' | 'log'>,
): LegRecord {
  const unwritten = new Map<LegName, SavedLeg>();
  let writing: Promise<boolean> | undefined;
  let closed = false;

  /** @throws DatabaseUnavailable once closed */
  async function again<T>(act: (db: Database) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await act(database);
      } catch (err) {
        log.warn({ err, callId }, 'the legs of a call could not be saved yet');
        if (closed) throw err;
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  /** One after another, so that the last state is what stays. */
  async function write(): Promise<void> {
    for (const [leg, saved] of unwritten) {
      await again((db) => saveLeg(db, nodeId, { callId, leg, saved }));
      if (unwritten.get(leg) === saved) unwritten.delete(leg);
    }
    if (unwritten.size > 0) await write();
  }

  return {
    save(leg, saved) {
      unwritten.set(leg, saved);
      writing ??= write()
        .then(() => true)
        .catch(() => false)
        .finally(() => {
          writing = undefined;
        });
    },
    written: async () =>
      (await Promise.race([writing ?? true, sleep(PATIENCE_MS, false, { ref: false })])) === true,
    claim: () => again((db) => claimLegs(db, nodeId, callId)),
    async remove() {
      unwritten.clear();
      await writing;
      await again((db) => deleteLegs(db, nodeId, callId)).catch(() => {}); // whoever comes next finds them gone
    },
    close() {
      closed = true;
    },
  };
}
