import { type Answer, type Leg, type SavedDialog, SipFailure } from '@clicktocall/sip';
import type { Progress } from '../../core/calls/transition-store.ts';
import type { CarriedCall, CarrierDeps, LegName } from '../carrier.ts';
import { calleeAddress, callerAddress, type LegAddress } from './call-addresses.ts';
import {
  endingOf,
  logUnanswered,
  NO_ANSWER,
  REQUEST_PENDING,
  reasonOf,
  withoutAddress,
} from './call-endings.ts';
import { type CallLegs, createCallLegs, type PhoneEvents } from './call-legs.ts';
import { type Conversation, createConversation } from './conversation.ts';
import { destinationsOf, heldOffer, withoutHold } from './descriptions.ts';
import { CallLost, type StoredLeg } from './leg-store.ts';
import type { LegDeps } from './release-legs.ts';
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
}

const FAILED: Progress = { state: 'failed', reason: 'other' };
const LOST: Progress = { state: 'disconnected', reason: 'other' };
const HUNG_UP: Progress = { state: 'disconnected', reason: 'hangUp' };
const ABANDONED: Progress = { state: 'disconnected', reason: 'callerAbandon' };

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
  const callEnd = createCallEnd(call.id, legs, deps, () => cancelRefresh());
  const { end, handOver } = callEnd;
  let connected = call.state === 'connected';
  let conversation: Conversation | undefined;
  let cancelRefresh = () => {};

  function notSaved(err: unknown): void {
    if (callEnd.hasEnded()) return;
    if (err instanceof CallLost) {
      log.info({ callId: call.id }, 'sip: another node holds the call; handing over its legs');
      handOver();
    } else {
      log.error({ err, callId: call.id }, 'sip: cannot save a leg; ending the call');
      end(connected ? LOST : FAILED);
    }
  }

  function lost(err: unknown): void {
    if (callEnd.hasEnded()) return;
    const level = err instanceof SipFailure ? 'info' : 'error';
    log[level]({ err, callId: call.id }, 'sip: lost a leg of a connected call; ending the call');
    end(connected ? LOST : FAILED);
  }

  function eventsOf(name: LegName): PhoneEvents {
    return {
      ringing() {},
      earlyMedia(sdp) {
        if (name === 'callee' && !callEnd.hasEnded())
          conversation
            ?.describe(sdp)
            .catch((err) => log.info({ err, callId: call.id }, 'sip: caller refused early media'));
      },
      reInvite(request) {
        if (callEnd.hasEnded() || !conversation) request.reject(REQUEST_PENDING);
        else conversation.relay(name, request);
      },
      ended(cause) {
        if (connected) end(cause === 'bye' ? HUNG_UP : LOST);
        else end(cause === 'bye' && name === 'caller' ? ABANDONED : endingOf(name, cause));
      },
    };
  }

  const ring = (name: LegName, address: LegAddress | undefined, offer: string | undefined) =>
    ringPhone({ call, legs, callEnd, deps }, name, address, offer, eventsOf(name));

  async function originate(): Promise<void> {
    const caller = await ring('caller', callerAddress(call, config), heldOffer());
    if (!caller) return;
    caller.answer.ack();
    const { sdp } = caller.answer;
    if (!sdp) return end(endingOf('caller', new Error('the phone sent no description')));
    conversation = createConversation(caller.leg, lost);

    const offer = config.flow === 'early-offer' ? withoutHold(sdp) : undefined;
    const callee = await ring('callee', calleeAddress(call, config), offer);
    if (!callee) return;
    connected = true;
    report(call.id, { state: 'connected' });
    if (offer !== undefined) callee.answer.ack();
    try {
      const answer = await conversation.describe(callee.answer.sdp);
      if (offer === undefined) callee.answer.ack(answer);
      converse(conversation, callee.leg);
      if (offer && answer && destinationsOf(answer) !== destinationsOf(offer))
        await conversation.correct(answer);
    } catch (err) {
      log.info({ err, callId: call.id }, 'sip: cannot connect the phones to each other; ending the call');
      end(LOST);
    }
  }

  async function takeOver(): Promise<void> {
    const claimed = await legs.claim();
    if (callEnd.hasEnded()) return;
    if (call.state === 'initiating' && claimed.length === 0) return originate();
    const [caller, callee] = [dialogOf('caller', claimed), dialogOf('callee', claimed)];
    if (!connected || !caller || !callee) return end(FAILED);
    conversation = createConversation(legs.adopt('caller', caller, eventsOf('caller')), lost);
    converse(conversation, legs.adopt('callee', callee, eventsOf('callee')));
    await conversation.refresh(); // sends this node's Contact to the phones
  }

  /** Keeps the call connected: refreshes both sessions at intervals, which detects dead phones. */
  function converse(between: Conversation, callee: Leg): void {
    if (callEnd.hasEnded()) return;
    between.join(callee);
    const wait = Math.max(1, between.refreshEvery(config.sessionExpires / 2) - REQUEST_TIMEOUT_S);
    cancelRefresh = clock.after(wait * 1000, () => {
      between
        .refresh()
        .then(() => converse(between, callee))
        .catch(lost);
    });
  }

  const begun = takenOver ? takeOver() : originate();
  begun.catch((err) => {
    log.error({ err, callId: call.id }, 'sip: call failed unexpectedly; ending the call');
    end(FAILED);
  });

  return {
    hangUp: () => end(),
    handOver,
    stop: () => (connected ? handOver() : end(FAILED)),
    over: callEnd.over,
  };
}

/** The end of a call. It happens once; later events change nothing. */
interface CallEnd {
  hasEnded(): boolean;
  /** Reports the ending, if there is one, and releases the legs. */
  end(progress?: Progress): void;
  /** Leaves the call to another process. */
  handOver(): void;
  /** Resolves when this process has nothing more to do for the call. */
  readonly over: Promise<void>;
}

/** @param onEnd called once, before the legs are released or handed over */
function createCallEnd(
  callId: string,
  legs: CallLegs,
  { report, log }: Pick<ThirdPartyCallDeps, 'report' | 'log'>,
  onEnd: () => void,
): CallEnd {
  const over = Promise.withResolvers<void>();
  let ended = false;

  function finish(lastStep: Promise<void>): void {
    lastStep
      .catch((err) => log.error({ err, callId }, 'sip: failed to release legs; will retry'))
      .then(over.resolve);
  }

  return {
    hasEnded: () => ended,
    end(progress) {
      if (ended) return;
      ended = true;
      onEnd();
      if (progress) report(callId, progress);
      finish(legs.release(progress && reasonOf(progress)));
    },
    handOver() {
      if (ended) return;
      ended = true;
      onEnd();
      finish(legs.handOver());
    },
    over: over.promise,
  };
}

/** Calls a phone and waits for its answer. @returns undefined if the call ended instead */
async function ringPhone(
  {
    call,
    legs,
    callEnd,
    deps,
  }: {
    readonly call: CarriedCall;
    readonly legs: CallLegs;
    readonly callEnd: CallEnd;
    readonly deps: Pick<ThirdPartyCallDeps, 'clock' | 'report' | 'log'>;
  },
  name: LegName,
  address: LegAddress | undefined,
  offer: string | undefined,
  events: PhoneEvents,
): Promise<{ readonly leg: Leg; readonly answer: Answer } | undefined> {
  const { end, hasEnded } = callEnd;
  try {
    if (!address) throw withoutAddress(name);
    const leg = legs.prepare(name, address, offer, events);
    if (!(await legs.saved())) end(FAILED); // otherwise no other process could stop the ringing
    if (hasEnded()) return undefined;
    deps.report(call.id, { state: name === 'caller' ? 'callingCaller' : 'callingCallee' });
    const cancel = deps.clock.after(call.ringTimeout * 1000, () => end(NO_ANSWER[name]));
    const answer = await leg.call().finally(cancel);
    await legs.saved(); // before the ACK, because a phone without an ACK gives up if this process crashes
    return hasEnded() ? undefined : { leg, answer };
  } catch (err) {
    if (!hasEnded()) logUnanswered(deps.log, call.id, name, err);
    end(endingOf(name, err));
    return undefined;
  }
}

function dialogOf(name: LegName, legs: readonly StoredLeg[]): SavedDialog | undefined {
  const saved = legs.find(({ leg }) => leg === name)?.saved;
  return saved?.phase === 'confirmed' ? saved : undefined;
}
