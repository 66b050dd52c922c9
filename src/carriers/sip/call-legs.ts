import type { LegAddress } from './call-addresses.ts';
import { type Goodbye, tellPhones } from './goodbyes.ts';
import type { LegParts } from './leg-parts.ts';
import { createLegRecord } from './leg-record.ts';
import type { StoredLeg } from './leg-store.ts';
import type { LegName } from './outcomes.ts';
import type { Leg, LegEvents, Reason } from './user-agent/leg.ts';
import type { SavedDialog } from './user-agent/saved-leg.ts';

export type PhoneEvents = Omit<LegEvents, 'changed'>;

/** The legs of one call, each saved whenever it changes. */
export interface CallLegs {
  /** A new leg, not called yet. */
  prepare(name: LegName, address: LegAddress, offer: string | undefined, events: PhoneEvents): Leg;
  /** Whether all that can be known of the legs is saved; takes some seconds at most. */
  saved(): Promise<boolean>;
  /** What another process left of the call; released with the rest unless it is adopted. */
  claim(): Promise<readonly StoredLeg[]>;
  adopt(name: LegName, saved: SavedDialog, events: PhoneEvents): Leg;
  /** Ends all legs, perhaps with the reason. What is saved of those whose phones cannot be told stays, for another try. */
  release(reason?: Reason): Promise<void>;
  /** Leaves the legs to another process, and ends those that it cannot know to be answered: nobody else will. */
  letGo(): Promise<void>;
}

/** @param failed is told once why a leg cannot be saved, with CallLost when another process holds the call */
export function createCallLegs(callId: string, parts: LegParts, failed: (why: unknown) => void): CallLegs {
  const { agent, log } = parts;
  const record = createLegRecord(callId, parts, failed);
  const legs: { readonly name: LegName; readonly leg: Leg }[] = [];
  let left: readonly StoredLeg[] = [];
  let claiming: Promise<unknown> = Promise.resolve();

  const events = (name: LegName, of: PhoneEvents): LegEvents => ({
    ...of,
    changed: (saved) => record.save(name, saved),
  });

  return {
    prepare(name, { to, from, headers }, offer, phoneEvents) {
      const leg = agent.prepareLeg(to, from, offer, headers, events(name, phoneEvents));
      record.save(name, leg.saved);
      legs.push({ name, leg });
      return leg;
    },
    saved: () => record.written(),
    claim() {
      const claimed = record.claim().then((found) => {
        left = found;
        return found;
      });
      claiming = claimed.catch(() => {});
      return claimed;
    },
    adopt(name, saved, phoneEvents) {
      const leg = agent.adoptLeg(saved, events(name, phoneEvents));
      left = left.filter((each) => each.leg !== name);
      legs.push({ name, leg });
      return leg;
    },
    async release(reason) {
      await claiming;
      const goodbyes: Goodbye[] = [
        ...legs.map(({ name, leg }) => ({ leg: name, say: () => leg.hangUp(reason) })),
        ...left.map(({ leg, saved }) => ({ leg, say: () => agent.releaseLeg(saved) })),
      ];
      await record.remove(await tellPhones(callId, goodbyes, log));
    },
    async letGo() {
      record.close();
      await record.written();
      const mine = legs.filter(({ name }) => !record.isConfirmed(name));
      for (const each of legs) if (!mine.includes(each)) each.leg.letGo();
      await tellPhones(
        callId,
        mine.map(({ name, leg }) => ({ leg: name, say: () => leg.hangUp() })),
        log,
      );
    },
  };
}
