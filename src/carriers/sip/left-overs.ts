import { setTimeout as sleep } from 'node:timers/promises';
import { tellPhones } from './goodbyes.ts';
import type { LegParts } from './leg-parts.ts';
import { claimLeftOvers, deleteLegs, type LeftOver } from './leg-store.ts';

/** Between two attempts to tell the phones of a call. */
const RETRY_MS = 5_000;

/** Legs of calls that are over: left by a crash, or since their phones could not be told. */
export function createLeftOvers({ agent, database, nodeId, log }: LegParts) {
  /** Calls whose phones are being told, or were a moment ago. */
  const releasing = new Set<string>();

  async function release(callId: string, legs: readonly LeftOver[]): Promise<void> {
    const told = await tellPhones(
      callId,
      legs.map(({ leg, saved }) => ({ leg, say: () => agent.releaseLeg(saved) })),
      log,
    );
    const givenUp = legs.filter(({ leg, overdue }) => overdue && !told.includes(leg)).map(({ leg }) => leg);
    if (givenUp.length > 0)
      log.error({ callId, legs: givenUp }, 'phones that may still be in an ended call are given up');
    await deleteLegs(database, nodeId, callId, [...told, ...givenUp]);
    if (told.length + givenUp.length < legs.length) await sleep(RETRY_MS, undefined, { ref: false });
  }

  return {
    /** @param known calls whose phones are being told by others of this node */
    async release(known: Iterable<string>): Promise<void> {
      const left = await claimLeftOvers(database, nodeId, [...known, ...releasing]);
      for (const [callId, legs = []] of Object.entries(Object.groupBy(left, (each) => each.callId))) {
        releasing.add(callId);
        release(callId, legs)
          .catch((err) => log.warn({ err, callId }, 'what is left of a call will be looked at again'))
          .finally(() => releasing.delete(callId));
      }
    },
  };
}
