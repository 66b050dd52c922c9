import { type Leg, type SavedDialog, SipFailure } from '@clicktocall/sip';
import type { Progress } from '../../core/calls/transition-store.ts';
import type { DiallingPolicy } from '../../core/phone-numbers/dialling-policy.ts';
import type { CarriedCall, CarrierDeps, LegName } from '../carrier.ts';
import { calleeAddress, callerAddress } from './call-addresses.ts';
import { createCallEnd } from './call-end.ts';
import {
  endingOf,
  endingOfAbandoned,
  endingOfBye,
  endingOfLost,
  FAILED_CALL,
  REQUEST_PENDING,
  UNAVAILABLE_CODE,
} from './call-endings.ts';
import { createCallLegs, type PhoneEvents } from './call-legs.ts';
import { type Conversation, createConversation } from './conversation.ts';
import { createFlowMemory } from './flow-memory.ts';
import type { Flow } from './flow-store.ts';
import { CallLost, type StoredLeg } from './leg-store.ts';
import { heldOffer, withoutHold } from './media/held-offer.ts';
import { bindsToFirstAnswer } from './media/protection.ts';
import { type HeldCaller, otherOffer } from './other-offer.ts';
import type { LegDeps } from './release-legs.ts';
import { type Ring, type RungPhone, replacePhone, ringPhone } from './ring-phone.ts';
import type { SipConfig } from './sip-config.ts';

export interface ThirdPartyCall {
  /** Ends the call without a report. */
  hangUp(): void;
  /** Leaves the call, and its phones, to another process. */
  handOver(): void;
  /** The process stops: ends a call that rings, and leaves a connected call to another process. */
  stop(): void;
  /** Resolves when this process has nothing more to do for the call. */
  readonly over: Promise<void>;
}

export interface ThirdPartyCallDeps extends LegDeps, Pick<CarrierDeps, 'clock' | 'report'> {
  readonly config: SipConfig;
  readonly policy: DiallingPolicy;
}

const LOST: Progress = { state: 'disconnected', reason: 'other' };

/**
 * How long the ACK to a caller whose phone binds to its first answer may wait for the callee's description. Until then it repeats its
 * 200, cannot hang up (RFC 3261 section 15), and gives up after 64*T1, 32 s.
 */
const FIRST_ANSWER_MS = 20_000;

/** A request to a dead phone times out after 64*T1 (RFC 3261 section 17.1.1.2). */
const REQUEST_TIMEOUT_S = 32;

/**
 * Rings the caller, then the callee, and connects them to each other; no media passes through this server (RFC 3725).
 * @param takenOver whether another process held the call before, or this one before a restart
 */
export function startThirdPartyCall(
  call: CarriedCall,
  takenOver: boolean,
  deps: ThirdPartyCallDeps,
): ThirdPartyCall {
  const { config, clock, report, log } = deps;
  const legs = createCallLegs(call.id, deps, notSaved);
  const callEnd = createCallEnd(call.id, legs, deps, () => cancelTimer());
  const { end, handOver } = callEnd;
  const flows = createFlowMemory(call, config, deps);
  let connected = call.state === 'connected';
  let conversation: Conversation | undefined;
  /** Of the hold until there is a callee, then of the refresh. */
  let cancelTimer = () => {};

  function notSaved(err: unknown): void {
    if (callEnd.hasEnded()) return;
    if (err instanceof CallLost) {
      log.info({ callId: call.id }, 'sip: another node holds the call; handing over its legs');
      handOver();
    } else {
      log.error({ err, callId: call.id }, 'sip: cannot save a leg; ending the call');
      end(connected ? LOST : FAILED_CALL);
    }
  }

  function lost(err: unknown): void {
    if (callEnd.hasEnded()) return;
    const level = levelOf(err);
    log[level]({ err, callId: call.id }, 'sip: lost a leg of a connected call; ending the call');
    end(endingOfLost(connected, legs.failed(err), err), err);
  }

  function noEarlyMedia(err: unknown): void {
    if (callEnd.hasEnded()) return;
    const level = levelOf(err);
    log[level]({ err, callId: call.id }, 'sip: no early media for the caller; the call continues');
  }

  const failures = { lost, noEarlyMedia };

  function eventsOf(name: LegName): PhoneEvents {
    return {
      ringing() {},
      earlyMedia(early) {
        if (name === 'callee' && !callEnd.hasEnded()) conversation?.describeEarly(early);
      },
      info(request) {
        if (callEnd.hasEnded() || !conversation) request.reject(UNAVAILABLE_CODE);
        else conversation.passInfo(name, request);
      },
      reInvite(request) {
        if (callEnd.hasEnded() || !conversation) request.reject(REQUEST_PENDING);
        else conversation.relay(name, request);
      },
      ended(cause, reason) {
        if (connected) end(cause === 'bye' ? endingOfBye(name, reason) : endingOfLost(true, name, cause));
        else end(cause === 'bye' && name === 'caller' ? endingOfAbandoned(reason) : endingOf(name, cause));
      },
    };
  }

  const ringDeps = { call, legs, callEnd, clock, report, log };
  const ring = (name: LegName, phone: Omit<Ring, 'name' | 'events'>) =>
    ringPhone({ ...phone, name, events: eventsOf(name) }, ringDeps);

  /** Calls the caller, and holds it. @returns undefined if the call ended instead */
  async function ringCaller(): Promise<HeldCaller | undefined> {
    const flow = await flows.choose();
    const offerIn = (chosen: Flow) => (chosen === 'early-offer' ? heldOffer('plain') : undefined);
    const caller = await ring('caller', {
      address: callerAddress(call, config),
      offer: offerIn(flow),
      async otherOffer(refusal) {
        const other = flows.otherThan(flow);
        if (other === undefined) throw refusal;
        return offerIn(other);
      },
    });
    if (!caller) return undefined;
    const used = caller.offer === undefined ? 'delayed-offer' : 'early-offer';
    if (used !== flow) flows.remember('caller', used);
    const isFixed = flows.otherThan(used) === undefined;
    return holdCaller(caller, isFixed ? undefined : (offer) => replaceCaller(caller.leg, offer));
  }

  /** Calls the caller's phone in place of the call that it has. */
  async function replaceCaller(old: Leg, offer: string): Promise<HeldCaller | undefined> {
    const [address, events] = [callerAddress(call, config), eventsOf('caller')];
    const caller = await replacePhone(old, { name: 'caller', address, offer, events }, ringDeps);
    return caller && holdCaller(caller, undefined);
  }

  async function holdCaller(
    { leg, answer, offer }: RungPhone,
    replace: HeldCaller['replace'],
  ): Promise<HeldCaller | undefined> {
    if (answer.sdp === undefined) {
      answer.ack();
      end(endingOf('caller', new Error('the phone sent no description')));
      return undefined;
    }
    if (offer !== undefined) {
      answer.ack();
      conversation = createConversation(leg, failures);
      const own = await conversation.requestOffer();
      return { conversation, offer: withoutHold(own ?? answer.sdp), replace };
    }
    conversation = createConversation(leg, failures, answer);
    if (bindsToFirstAnswer(answer.sdp)) cancelTimer = clock.after(FIRST_ANSWER_MS, conversation.hold);
    else conversation.hold();
    return { conversation, offer: answer.sdp, replace };
  }

  async function originate(): Promise<void> {
    const caller = await ringCaller();
    if (!caller || callEnd.hasEnded()) return;
    const callee = await ring('callee', {
      address: calleeAddress(call, config),
      offer: caller.offer,
      otherOffer: (refusal) => otherOffer(caller, refusal, (flow) => flows.remember('callee', flow)),
    });
    if (!callee) return;
    connected = true;
    report(call.id, { state: 'connected' });
    callee.answer.ack();
    try {
      const between = conversation ?? caller.conversation; // the caller's phone may have replaced its call
      await between.connect(callee.leg, callee.answer.sdp);
      converse(between);
    } catch (err) {
      const level = levelOf(err);
      log[level]({ err, callId: call.id }, 'sip: cannot connect the phones to each other; ending the call');
      end(endingOfLost(true, legs.failed(err), err), err);
    }
  }

  async function takeOver(): Promise<void> {
    const claimed = await legs.claim();
    if (callEnd.hasEnded()) return;
    if (call.state === 'initiating' && claimed.length === 0) return originate();
    const [caller, callee] = [dialogOf('caller', claimed), dialogOf('callee', claimed)];
    if (!connected || !caller || !callee) return end(FAILED_CALL);
    conversation = createConversation(legs.adopt('caller', caller, eventsOf('caller')), failures);
    conversation.join(legs.adopt('callee', callee, eventsOf('callee')));
    converse(conversation);
    legs.releaseOthers();
    await conversation.refresh(); // sends this node's Contact to the phones
  }

  /** Keeps the call connected: refreshes both sessions at intervals, which detects dead phones. */
  function converse(between: Conversation): void {
    if (callEnd.hasEnded()) return;
    const wait = Math.max(1, between.refreshEvery(config.sessionExpires / 2) - REQUEST_TIMEOUT_S);
    cancelTimer();
    cancelTimer = clock.after(wait * 1000, () => {
      between
        .refresh()
        .then(() => converse(between))
        .catch(lost);
    });
  }

  const begun = takenOver ? takeOver() : originate();
  begun.catch((err) => {
    log.error({ err, callId: call.id }, 'sip: call failed unexpectedly; ending the call');
    end(FAILED_CALL);
  });

  return {
    hangUp: () => end(),
    handOver,
    stop: () => (connected ? handOver() : end(FAILED_CALL)),
    over: callEnd.over,
  };
}

/** A phone may refuse or leave; anything else is a bug. */
function levelOf(error: unknown): 'info' | 'error' {
  return error instanceof SipFailure ? 'info' : 'error';
}

function dialogOf(name: LegName, legs: readonly StoredLeg[]): SavedDialog | undefined {
  const saved = legs.flatMap((each) => (each.leg === name ? [each.saved] : []));
  return saved.find((each) => each.phase === 'confirmed');
}
