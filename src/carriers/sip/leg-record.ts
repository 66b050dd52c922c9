import { setTimeout as sleep } from 'node:timers/promises';
import type { SavedLeg } from '@clicktocall/sip';
import { DatabaseUnavailable } from '../../platform/database/database-errors.ts';
import type { CarrierDeps, LegName } from '../carrier.ts';
import { claimLegs, type StoredLeg } from './leg-store.ts';
import type { LegWriter } from './leg-writer.ts';

const RETRY_MS = 500;
/** How long the ACK to a phone is delayed while the database is unavailable. The phone gives up after 32 s (RFC 3261 section 13.3.1.4). */
const WRITE_TIMEOUT_MS = 5_000;

export interface LegRecord {
  /** Writes the state of a leg, after its write in progress. @returns as `written` */
  save(leg: LegName, saved: SavedLeg): Promise<boolean>;
  /** Deletes the record of an INVITE that no phone answered. */
  forget(id: string): void;
  /** Resolves when everything is written or cannot be written, and after 5 s at the latest. @returns whether it is written */
  written(): Promise<boolean>;
  /** Whether the leg is stored as confirmed, so that another process can continue or end it. */
  isConfirmed(leg: LegName): boolean;
  /** The legs that another process left. @throws DatabaseUnavailable once closed */
  claim(): Promise<readonly StoredLeg[]>;
  /** All legs with these names are over. The others stay as they were last saved, and nothing more is written. */
  remove(legs: readonly LegName[]): Promise<void>;
  /** Stops retries. */
  close(): void;
}

/**
 * Keeps the legs of one call in the database, so that another process can continue them. Retries while the database is
 * unavailable.
 * @param failed called once with the error if a leg cannot be written: CallLost if another process holds the call. After
 *   that, nothing is written
 */
export function createLegRecord(
  callId: string,
  {
    database,
    nodeId,
    log,
    writer,
  }: Pick<CarrierDeps, 'database' | 'nodeId' | 'log'> & { readonly writer: LegWriter },
  failed: (error: unknown) => void,
): LegRecord {
  /** By the id of the record. */
  const unwritten = new Map<string, { readonly leg: LegName; readonly saved: SavedLeg }>();
  const names = new Map<string, LegName>();
  const confirmed = new Set<LegName>();
  /** The writes in progress, by the same ids. */
  const writing = new Map<string, Promise<boolean>>();
  let hasFailed = false;
  let removing = false;
  let closed = false;

  /** @throws DatabaseUnavailable when it must stop, and any other error at once */
  async function retry<T>(act: () => Promise<T>, mustStop: () => boolean): Promise<T> {
    for (;;) {
      try {
        return await act();
      } catch (err) {
        if (mustStop() || !(err instanceof DatabaseUnavailable)) throw err;
        log.warn({ err, callId }, 'sip: cannot save the legs of a call; will retry');
      }
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }

  /** Writes the states of a leg one after another, so that the last one stays. @returns whether it is written */
  async function write(id: string): Promise<boolean> {
    try {
      for (let each = unwritten.get(id); each !== undefined; each = unwritten.get(id)) {
        const leg = { callId, ...each };
        await retry(
          () => writer.save(leg),
          () => closed || removing || hasFailed,
        );
        if (each.saved.phase === 'confirmed') confirmed.add(each.leg);
        if (unwritten.get(id) === each) unwritten.delete(id);
      }
      return true;
    } catch (error) {
      return fail(error);
    } finally {
      writing.delete(id);
    }
  }

  function fail(error: unknown): boolean {
    if (closed || removing || hasFailed) return false;
    hasFailed = true;
    failed(error);
    return false;
  }

  async function written(): Promise<boolean> {
    if (writing.size === 0) return !hasFailed;
    const timeout = sleep(WRITE_TIMEOUT_MS, [false], { ref: false });
    const results = await Promise.race([Promise.all(writing.values()), timeout]);
    return results.every(Boolean) && !hasFailed;
  }

  // a row that stays leads to one more BYE or CANCEL, which the phone answers with 481
  const remove = async (ids: readonly string[], how: 'delete' | 'deleteSoon') => {
    if (ids.length === 0) return;
    await retry(
      () => writer[how]({ callId, attempts: ids }),
      () => closed,
    ).catch((err) => {
      if (!(err instanceof DatabaseUnavailable))
        log.error({ err, callId }, 'sip: cannot delete the legs of a call; their phones get one more BYE');
    });
  };

  return {
    async save(leg, saved) {
      if (hasFailed || removing) return false;
      names.set(saved.id, leg);
      unwritten.set(saved.id, { leg, saved });
      if (!writing.has(saved.id)) writing.set(saved.id, write(saved.id));
      return written();
    },
    forget(id) {
      if (removing || !names.delete(id)) return;
      unwritten.delete(id);
      Promise.resolve(writing.get(id)).then(() => remove([id], 'delete'));
    },
    written,
    isConfirmed: (leg) => confirmed.has(leg),
    async claim() {
      const claimed = await retry(
        () => claimLegs(database, nodeId, callId),
        () => closed,
      );
      for (const { leg, attempt, saved } of claimed) {
        names.set(attempt, leg);
        if (saved.phase === 'confirmed') confirmed.add(leg);
      }
      return claimed;
    },
    async remove(legs) {
      removing = true;
      unwritten.clear();
      await Promise.all(writing.values());
      const ids = [...names].flatMap(([id, name]) => (legs.includes(name) ? [id] : []));
      await remove(ids, 'deleteSoon');
    },
    close() {
      closed = true;
    },
  };
}
