import type { Answer, Leg, SipFailure } from '@clicktocall/sip';
import type { CarriedCall, CarrierDeps, LegName } from '../carrier.ts';
import type { LegAddress } from './call-addresses.ts';
import type { CallEnd } from './call-end.ts';
import {
  endingOf,
  FAILED_CALL,
  isOfferRefused,
  logUnanswered,
  NO_ANSWER,
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

/** Calls a phone and waits for its answer. @returns undefined if the call ended instead */
export async function ringPhone(
  { name, address, offer, events, otherOffer }: Ring,
  { call, legs, callEnd, clock, report, log }: RingDeps,
): Promise<RungPhone | undefined> {
  const { end, hasEnded } = callEnd;
  let cancelTimeout: (() => void) | undefined;

  async function ring(to: LegAddress, offered: string | undefined): Promise<RungPhone | undefined> {
    const leg = legs.prepare(name, to, offered, events);
    if (!(await legs.saved())) end(FAILED_CALL); // otherwise no other process could stop the ringing
    if (hasEnded()) return undefined;
    if (cancelTimeout === undefined)
      report(call.id, { state: name === 'caller' ? 'callingCaller' : 'callingCallee' });
    cancelTimeout ??= clock.after(call.ringTimeout * 1000, () => end(NO_ANSWER[name]));
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
    end(endingOf(name, err), err);
    return undefined;
  } finally {
    cancelTimeout?.();
  }
}
