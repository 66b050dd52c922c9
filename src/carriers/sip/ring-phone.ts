import type { Answer, Leg, SipFailure } from '@clicktocall/sip';
import type { CarriedCall, CarrierDeps, LegName } from '../carrier.ts';
import type { LegAddress } from './call-addresses.ts';
import type { CallEnd } from './call-end.ts';
import {
  endingOf,
  endingOfTimeout,
  FAILED_CALL,
  isOfferRefused,
  logUnanswered,
  withoutAddress,
} from './call-endings.ts';
import type { CallLegs, PhoneEvents } from './call-legs.ts';

/** A phone that has answered. Its answer is not acknowledged yet. */
export interface RungPhone {
  readonly leg: Leg;
  readonly answer: Answer;
  /** The offer that it answered; undefined: its answer has an offer of its own. */
  readonly offer: string | undefined;
}

export interface RingDeps extends Pick<CarrierDeps, 'clock' | 'report' | 'log'> {
  readonly call: CarriedCall;
  readonly legs: CallLegs;
  readonly callEnd: CallEnd;
}

/** A phone to call, and how. */
export interface Ring {
  readonly name: LegName;
  readonly address: LegAddress | undefined;
  readonly offer: string | undefined;
  readonly events: PhoneEvents;
  /**
   * Called once if the phone refuses the offer.
   * @returns another offer, with which the phone is called once more
   * @throws SipFailure that tells why there is none
   */
  otherOffer(refusal: SipFailure): Promise<string | undefined>;
}

/** How long a phone may take to replace a call, which it does without ringing (RFC 3891 section 3). */
const REPLACE_MS = 4_000;

const RINGING = 180;

/** Calls a phone and waits for its answer. @returns undefined if the call ended instead */
export async function ringPhone(
  { name, address, offer, events, otherOffer }: Ring,
  deps: RingDeps,
): Promise<RungPhone | undefined> {
  const { call, legs, callEnd, clock, report, log } = deps;
  const { end, hasEnded } = callEnd;
  let cancelTimeout: (() => void) | undefined;
  let rang = false;

  function ringing(code: number): void {
    rang ||= code === RINGING;
  }

  async function ring(to: LegAddress, offered: string | undefined): Promise<RungPhone | undefined> {
    const leg = legs.prepare(name, to, offered, { ...events, ringing });
    if (!(await isStored(deps))) return undefined;
    if (cancelTimeout === undefined)
      report(call.id, { state: name === 'caller' ? 'callingCaller' : 'callingCallee' });
    cancelTimeout ??= clock.after(call.ringTimeout * 1000, () =>
      end(endingOfTimeout(name, call.ringTimeout, leg.responded)),
    );
    const answer = await leg.call();
    cancelTimeout();
    await legs.saved(); // before the ACK, because a phone without an ACK gives up if this process crashes
    return hasEnded() ? undefined : { leg, answer, offer: offered };
  }

  try {
    if (!address) throw withoutAddress(name);
    try {
      return await ring(address, offer);
    } catch (refusal) {
      if (hasEnded() || !isOfferRefused(refusal)) throw refusal;
      return await ring(address, await otherOffer(refusal));
    }
  } catch (err) {
    if (!hasEnded()) logUnanswered(log, call.id, name, err);
    end(endingOf(name, err, rang), err);
    return undefined;
  } finally {
    cancelTimeout?.();
  }
}

/**
 * Calls a phone that has answered once more, in place of that call (RFC 3891): it answers without ringing. For phones that decide on
 * encryption when a call begins, and keep to it.
 * @returns undefined if the call ended instead
 * @throws SipFailure if the phone does not do so, or not in time
 */
export async function replacePhone(
  old: Leg,
  { name, address, offer, events }: Omit<Ring, 'otherOffer'>,
  deps: RingDeps,
): Promise<RungPhone | undefined> {
  const { legs, callEnd, clock } = deps;
  if (!address) throw withoutAddress(name);
  const leg = legs.replace(old, name, address, offer, events);
  if (!(await isStored(deps))) return undefined;
  const cancelTimeout = clock.after(REPLACE_MS, () => leg.hangUp());
  const answer = await leg.call().finally(cancelTimeout);
  legs.retire(old);
  await legs.saved();
  return callEnd.hasEnded() ? undefined : { leg, answer, offer };
}

/** Ends the call if the leg is not stored: otherwise no other process could stop the ringing. @returns whether the call continues */
async function isStored({ legs, callEnd }: RingDeps): Promise<boolean> {
  if (!(await legs.saved())) callEnd.end(FAILED_CALL);
  return !callEnd.hasEnded();
}
