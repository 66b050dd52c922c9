import { setTimeout as sleep } from 'node:timers/promises';
import { claimOrphanedLegs, type OrphanedLeg } from './leg-store.ts';
import { type LegDeps, releaseLegs } from './release-legs.ts';

/** Between two attempts to end the legs of a call. */
const RETRY_MS = 5_000;
/** Seconds from the end of a call, after which its legs are given up. */
const GIVE_UP_AFTER = 10 * 60;

/** The legs of ended calls that may still be open: their process crashed, or their phones did not confirm the end. */
export interface OrphanedLegs {
  /** Starts releasing them. @param inProgress calls whose legs this node is already releasing */
  release(inProgress: Iterable<string>): Promise<void>;
}

export function createOrphanedLegs({ agent, database, nodeId, writer, log }: LegDeps): OrphanedLegs {
  /** Calls whose legs are being released, or were released a moment ago. */
  const releasing = new Set<string>();

  async function release(callId: string, legs: readonly OrphanedLeg[]): Promise<void> {
    const released = legs.map((each) => ({ ...each, hangUp: () => agent.releaseLeg(each.saved) }));
    const confirmed = await releaseLegs(callId, released, log);
    const givenUp = released.filter((each) => each.overdue && !confirmed.includes(each));
    if (givenUp.length > 0)
      log.error(
        { callId, legs: givenUp.map(({ leg }) => leg) },
        'sip: gave up orphaned legs; their phones may still be in the call',
      );
    const over = [...confirmed, ...givenUp].map(({ attempt }) => attempt);
    await writer.deleteSoon({ callId, attempts: over });
    if (over.length < legs.length) await sleep(RETRY_MS, undefined, { ref: false });
  }

  return {
    async release(inProgress) {
      const known = [...inProgress, ...releasing];
      const orphaned = await claimOrphanedLegs(database, nodeId, known, GIVE_UP_AFTER);
      for (const [callId, legs = []] of Object.entries(Object.groupBy(orphaned, (each) => each.callId))) {
        releasing.add(callId);
        release(callId, legs)
          .catch((err) => log.warn({ err, callId }, 'sip: failed to release orphaned legs; will retry'))
          .finally(() => releasing.delete(callId));
      }
    },
  };
}
