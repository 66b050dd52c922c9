import { type Leg, type LegEvents, type Reason, type SavedDialog, SipFailure } from '@clicktocall/sip';
import type { DiallingPolicy } from '../../core/phone-numbers/dialling-policy.ts';
import { LEGS, type LegName } from '../carrier.ts';
import { inPlaceOf, type LegAddress } from './call-addresses.ts';
import { REQUEST_PENDING } from './call-endings.ts';
import { createLegRecord } from './leg-record.ts';
import type { StoredLeg } from './leg-store.ts';
import { mayRedirect } from './redirect-policy.ts';
import { type LegDeps, type LegToRelease, releaseLegs } from './release-legs.ts';

export type PhoneEvents = Omit<LegEvents, 'changed' | 'forgotten'>;

/** The legs of one call. Each is saved before it is called, and whenever it changes. */
export interface CallLegs {
  /** A new leg, not called yet. */
  prepare(name: LegName, address: LegAddress, offer: string | undefined, events: PhoneEvents): Leg;
  /** A new leg to the same phone, in place of one that it has answered (RFC 3891). Events of that one change nothing any more. */
  replace(old: Leg, name: LegName, address: LegAddress, offer: string | undefined, events: PhoneEvents): Leg;
  /** Ends a leg that was replaced, and forgets it. */
  retire(old: Leg): Promise<void>;
  /** The leg whose request failed; null if unknown. */
  failed(error: unknown): LegName | null;
  /** Waits until all legs are saved, at most 5 s. @returns whether they are */
  saved(): Promise<boolean>;
  /** Takes the legs that another process left. They are released with the others unless they are adopted. */
  claim(): Promise<readonly StoredLeg[]>;
  adopt(name: LegName, saved: SavedDialog, events: PhoneEvents): Leg;
  /** Ends the claimed legs that were not adopted: INVITEs to other servers, which a phone may answer late. */
  releaseOthers(): Promise<void>;
  /** Ends all legs. Legs whose phones do not confirm the end stay saved, and are ended later. */
  release(reason?: Reason): Promise<void>;
  /** Leaves the legs to another process. Ends those that are not stored as confirmed, because it could not continue them. */
  handOver(): Promise<void>;
}

/** @param failed called once with the error if a leg cannot be saved: CallLost if another process holds the call */
export function createCallLegs(
  callId: string,
  deps: LegDeps & { readonly policy: DiallingPolicy },
  failed: (error: unknown) => void,
): CallLegs {
  const { agent, log, policy } = deps;
  const record = createLegRecord(callId, deps, failed);
  const legs: { readonly name: LegName; readonly leg: Leg }[] = [];
  const replaced = new Set<Leg>();
  let claimed: readonly StoredLeg[] = [];
  let claiming: Promise<unknown> = Promise.resolve();

  const legEvents = (name: LegName, events: PhoneEvents): LegEvents => ({
    ...events,
    changed: (saved) => record.save(name, saved),
    forgotten: (id) => record.forget(id),
  });
  const toRelease = (each: StoredLeg) => ({ ...each, hangUp: () => agent.releaseLeg(each.saved) });

  function prepare(name: LegName, address: LegAddress, offer: string | undefined, events: PhoneEvents): Leg {
    const leg: Leg = agent.prepareLeg(
      { ...address, offer, mayRedirect: (uri) => mayRedirect(address.to, uri, policy) },
      legEvents(name, {
        ...events,
        reInvite: (request) =>
          replaced.has(leg) ? request.reject(REQUEST_PENDING) : events.reInvite(request),
        ended: (cause, reason) => replaced.has(leg) || events.ended(cause, reason),
      }),
    );
    record.save(name, leg.saved);
    legs.push({ name, leg });
    return leg;
  }

  return {
    prepare,
    replace(old, name, address, offer, events) {
      replaced.add(old);
      return prepare(name, inPlaceOf(old.saved, address), offer, events);
    },
    async retire(old) {
      const { id } = old.saved;
      if (await old.hangUp()) record.forget(id);
    },
    failed(error) {
      const sipCallId = error instanceof SipFailure ? error.sipCallId : undefined;
      return legs.find(({ leg }) => leg.saved.callId === sipCallId)?.name ?? null;
    },
    saved: () => record.written(),
    claim() {
      const claim = record.claim().then((stored) => {
        claimed = stored;
        return stored;
      });
      claiming = claim.catch(() => {});
      return claim;
    },
    adopt(name, saved, events) {
      const leg = agent.adoptLeg(saved, legEvents(name, events));
      claimed = claimed.filter(({ attempt }) => attempt !== saved.id);
      legs.push({ name, leg });
      return leg;
    },
    async releaseOthers() {
      const others = claimed;
      claimed = [];
      for (const { attempt } of await releaseLegs(callId, others.map(toRelease), log)) record.forget(attempt);
    },
    async release(reason) {
      await claiming;
      const all: readonly LegToRelease[] = [
        ...legs.map(({ name, leg }) => ({ leg: name, hangUp: () => leg.hangUp(reason) })),
        ...claimed.map(toRelease),
      ];
      const confirmed = await releaseLegs(callId, all, log);
      const open = all.flatMap((each) => (confirmed.includes(each) ? [] : [each.leg]));
      await record.remove(LEGS.filter((name) => !open.includes(name)));
    },
    async handOver() {
      record.close();
      await record.written();
      const unconfirmed = legs.filter(({ name }) => !record.isConfirmed(name));
      for (const each of legs) if (!unconfirmed.includes(each)) each.leg.handOver();
      await releaseLegs(
        callId,
        unconfirmed.map(({ name, leg }) => ({ leg: name, hangUp: () => leg.hangUp() })),
        log,
      );
    },
  };
}
