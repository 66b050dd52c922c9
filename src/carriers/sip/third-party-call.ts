import type { Progress } from '../../core/calls/transition-store.ts';
import type { CarriedCall, CarrierParts } from '../carrier.ts';
import { calleeAddress, callerAddress, type LegAddress } from './call-addresses.ts';
import { createCallLegs, type PhoneEvents } from './call-legs.ts';
import { type Conversation, createConversation } from './conversation.ts';
import { destinationsOf, heldOffer, live } from './descriptions.ts';
import type { LegParts } from './leg-parts.ts';
import { CallLost, type StoredLeg } from './leg-store.ts';
import { endingOf, type LegName, NO_ANSWER, REQUEST_PENDING, reasonOf } from './outcomes.ts';
import type { SipConfig } from './sip-config.ts';
import { tellUnreached, withoutAddress } from './unreached.ts';
import type { Answer, Leg } from './user-agent/leg.ts';
import type { SavedDialog } from './user-agent/saved-leg.ts';
import { SipFailure } from './user-agent/sip-failure.ts';

export interface ThirdPartyCall {
  /** Ends the call without a report. */
  hangUp(): void;
  /** Leaves the call, and its phones, to another process. */
  letGo(): void;
  /** This process stops: phones that only ring are told, a conversation is left to others. */
  stop(): void;
  /** Resolves when this process has nothing to do with the call any more. */
  readonly over: Promise<void>;
}

export interface CallParts extends LegParts, Pick<CarrierParts, 'clock' | 'report'> {
  readonly config: SipConfig;
}

const FAILED: Progress = { state: 'failed', reason: 'other' };
const LOST: Progress = { state: 'disconnected', reason: 'other' };
const HUNG_UP: Progress = { state: 'disconnected', reason: 'hangUp' };
const ABANDONED: Progress = { state: 'disconnected', reason: 'callerAbandon' };

/** Before a phone that has died counts as such, 64*T1 pass (RFC 3261 section 17.1.1.2). */
const GIVES_UP_AFTER_S = 32;

/**
 * Rings the caller, then the callee, and has them talk to each other; no media passes through this server (RFC 3725).
 * @param takenOver another process held the call, or this one before it was started again
 */
export function startThirdPartyCall(call: CarriedCall, takenOver: boolean, parts: CallParts): ThirdPartyCall {
  const { config, clock, log } = parts;
  const legs = createCallLegs(call.id, parts, notSaved);
  const over = Promise.withResolvers<void>();
  let ended = false;
  let connected = call.state === 'connected';
  let conversation: Conversation | undefined;
  let cancelRefresh = () => {};

  /** The one end of the call; what happens after it changes nothing. */
  function end(as?: Progress): void {
    if (ended) return;
    ended = true;
    cancelRefresh();
    if (as) parts.report(call.id, as);
    conclude(legs.release(as && reasonOf(as)));
  }

  function letGo(): void {
    if (ended) return;
    ended = true;
    cancelRefresh();
    conclude(legs.letGo());
  }

  function notSaved(err: unknown): void {
    if (ended) return;
    log[err instanceof CallLost ? 'info' : 'error']({ err, callId: call.id }, 'a leg could not be saved');
    if (err instanceof CallLost) letGo();
    else end(connected ? LOST : FAILED);
  }

  function conclude(last: Promise<void>): void {
    last
      .catch((err) => log.error({ err, callId: call.id }, 'a call was not left in good order'))
      .then(over.resolve);
  }

  function lost(err: unknown): void {
    if (ended) return;
    log[err instanceof SipFailure ? 'info' : 'error']({ err, callId: call.id }, 'two phones are parted');
    end(connected ? LOST : FAILED);
  }

  function eventsOf(name: LegName): PhoneEvents {
    return {
      ringing() {},
      earlyMedia(sdp) {
        if (name === 'callee' && !ended)
          conversation?.describe(sdp).catch((err) => log.info({ err, callId: call.id }, 'no early media'));
      },
      reInvite(request) {
        if (ended || !conversation) request.reject(REQUEST_PENDING);
        else conversation.relay(name, request);
      },
      ended(cause) {
        if (connected) end(cause === 'bye' ? HUNG_UP : LOST);
        else end(cause === 'bye' && name === 'caller' ? ABANDONED : endingOf(name, cause));
      },
    };
  }

  /** Calls a phone and waits for its answer; undefined when the call has ended instead. */
  async function ring(
    name: LegName,
    address: LegAddress | undefined,
    offer: string | undefined,
  ): Promise<{ readonly leg: Leg; readonly answer: Answer } | undefined> {
    try {
      if (!address) throw withoutAddress(name);
      const leg = legs.prepare(name, address, offer, eventsOf(name));
      if (!(await legs.saved())) end(FAILED); // a phone that nobody could silence must not ring
      if (ended) return undefined;
      parts.report(call.id, { state: name === 'caller' ? 'callingCaller' : 'callingCallee' });
      const cancel = clock.after(call.ringTimeout * 1000, () => end(NO_ANSWER[name]));
      const answer = await leg.call().finally(cancel);
      await legs.saved(); // before the ACK: a phone whose answer nobody knows of gives up by itself
      return ended ? undefined : { leg, answer };
    } catch (err) {
      if (!ended) tellUnreached(log, call.id, name, err);
      end(endingOf(name, err));
      return undefined;
    }
  }

  async function originate(): Promise<void> {
    const caller = await ring('caller', callerAddress(call, config), heldOffer());
    if (!caller) return;
    caller.answer.ack();
    const { sdp } = caller.answer;
    if (!sdp) return end(endingOf('caller', new Error('the phone does not say where it wants its media')));
    conversation = createConversation(caller.leg, lost);

    const offer = config.flow === 'early-offer' ? live(sdp) : undefined;
    const callee = await ring('callee', calleeAddress(call, config), offer);
    if (!callee) return;
    connected = true;
    parts.report(call.id, { state: 'connected' });
    if (offer !== undefined) callee.answer.ack();
    try {
      const answer = await conversation.describe(callee.answer.sdp);
      if (offer === undefined) callee.answer.ack(answer);
      converse(conversation, callee.leg);
      if (offer && answer && destinationsOf(answer) !== destinationsOf(offer))
        await conversation.correct(answer);
    } catch (err) {
      log.info({ err, callId: call.id }, 'the phones could not be joined');
      end(LOST);
    }
  }

  async function takeOver(): Promise<void> {
    const left = await legs.claim();
    if (ended) return;
    if (call.state === 'initiating' && left.length === 0) return originate();
    const [caller, callee] = [dialogOf('caller', left), dialogOf('callee', left)];
    if (!connected || !caller || !callee) return end(FAILED);
    conversation = createConversation(legs.adopt('caller', caller, eventsOf('caller')), lost);
    converse(conversation, legs.adopt('callee', callee, eventsOf('callee')));
    await conversation.refresh(); // from now on the phones turn to this node
  }

  /** The two talk; every now and then each is asked whether it is still there. */
  function converse(between: Conversation, callee: Leg): void {
    if (ended) return;
    between.join(callee);
    const wait = Math.max(1, between.refreshEvery(config.sessionExpires / 2) - GIVES_UP_AFTER_S);
    cancelRefresh = clock.after(wait * 1000, () => {
      between
        .refresh()
        .then(() => converse(between, callee))
        .catch(lost);
    });
  }

  const begun = takenOver ? takeOver() : originate();
  begun.catch((err) => {
    log.error({ err, callId: call.id }, 'a call came to no proper end');
    end(FAILED);
  });

  return {
    hangUp: () => end(),
    letGo,
    stop: () => (connected ? letGo() : end(FAILED)),
    over: over.promise,
  };
}

function dialogOf(name: LegName, left: readonly StoredLeg[]): SavedDialog | undefined {
  const saved = left.find(({ leg }) => leg === name)?.saved;
  return saved?.phase === 'confirmed' ? saved : undefined;
}
