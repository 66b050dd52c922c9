import { setTimeout as sleep } from 'node:timers/promises';
import { ALONE, coalesce } from '../../platform/database/coalesce.ts';
import type { CarrierDeps } from '../carrier.ts';
import { deleteLegs, type LegToSave, saveLeg, saveLegs } from './leg-store.ts';

/** How long legs that are over wait for those of other calls. If the process crashes in that time, their phones get one more BYE. */
const COLLECT_MS = 100;

/** The records of legs to delete. */
export interface EndedLegs {
  readonly callId: string;
  readonly attempts: readonly string[];
}

/** Writes the legs of all calls of this node. Those that are written at the same time share a statement. */
export interface LegWriter {
  /** Write the next state of a leg when the one before it is written. @throws CallLost when this node does not hold the call */
  save(leg: LegToSave): Promise<void>;
  /** Deletes legs of a call that continues: a process that takes it over must not find them. */
  delete(ended: EndedLegs): Promise<void>;
  /** Deletes legs of a call that is over, a moment later. */
  deleteSoon(ended: EndedLegs): Promise<void>;
}

export function createLegWriter({ database, nodeId }: Pick<CarrierDeps, 'database' | 'nodeId'>): LegWriter {
  const save = coalesce<LegToSave, void>({
    async answer(legs, alone) {
      const [leg] = legs;
      if (alone && leg) return [await saveLeg(database, nodeId, leg)];
      const written = await saveLegs(database, nodeId, legs);
      return legs.map(({ saved }) => (written.has(saved.id) ? undefined : ALONE));
    },
  });
  const remove = coalesce<EndedLegs, void>({
    async answer(ended) {
      const [callIds, attempts] = [ended.map(({ callId }) => callId), ended.flatMap((each) => each.attempts)];
      await deleteLegs(database, nodeId, callIds, attempts);
      return ended.map(() => undefined);
    },
  });
  let collecting: Promise<void> | undefined;

  return {
    save,
    delete: remove,
    async deleteSoon(ended) {
      collecting ??= sleep(COLLECT_MS).finally(() => {
        collecting = undefined;
      });
      await collecting;
      await remove(ended);
    },
  };
}
