import { type Answer, type Leg, type ReInvite, SipFailure } from '@clicktocall/sip';
import type { LegName } from '../carrier.ts';
import { isGone, NOT_ACCEPTABLE_HERE, REQUEST_PENDING, refusalOf } from './call-endings.ts';
import { isAsTold } from './media/agreement.ts';
import { holdAnswer } from './media/hold-answer.ts';
import {
  requireKeysIn,
  requireKeysInAnswer,
  requireKeysOf,
  wereKeysRequired,
} from './media/optional-keys.ts';
import { bindsToFirstAnswer } from './media/protection.ts';
import { isRejected } from './media/streams.ts';

/** Exchanges session descriptions between two phones, one exchange at a time. */
export interface Conversation {
  /** Acknowledges the caller's answer with an answer that holds it, unless it has got the callee's description. */
  hold(): void;
  /** Asks the caller for an offer, and holds it again. @returns undefined if the phone refuses. @throws SipFailure if it is gone */
  requestOffer(): Promise<string | undefined>;
  /** Makes the caller, which is on hold, another offer that holds it. @returns its answer. @throws SipFailure */
  offerHold(sdp: string): Promise<string>;
  /**
   * Offers the callee's description to the caller.
   * @param sdp undefined: the description it sent before (RFC 3262 section 5)
   * @throws SipFailure
   */
  describe(sdp: string | undefined): Promise<void>;
  /** Adds the callee, which has answered with this description, and connects it to the caller. @throws SipFailure */
  connect(callee: Leg, sdp: string | undefined): Promise<void>;
  /** From now on, the keys that are optional for the caller are required from it (media/optional-keys.ts). */
  requireKeys(): void;
  /** Adds the callee of a call that was connected before. */
  join(callee: Leg): void;
  /** Passes a phone's re-INVITE to the other one, and its answer back (RFC 3725 section 7). */
  relay(from: LegName, request: ReInvite): void;
  /** Seconds until the sessions must be refreshed, as the phones agreed. @param max upper bound */
  refreshEvery(max: number): number;
  /** Offers each phone the other one's description again. This also detects dead phones. */
  refresh(): Promise<void>;
}

const NO_DESCRIPTION = 'the phone sent no description';
/** Of the exchanges until both phones agree. */
const MAX_TURNS = 3;

/**
 * @param lost called with the error if a phone has left the call, or an exchange failed halfway
 * @param unacknowledged the caller's offer, which waits for its answer in the ACK
 */
export function createConversation(
  callerLeg: Leg,
  lost: (error: unknown) => void,
  unacknowledged?: Answer,
): Conversation {
  let caller = callerLeg;
  let callee: Leg | undefined;
  let keysRequired = false;
  let pending = unacknowledged;
  let inProgress: Promise<void> | undefined;
  /** The caller's answer to the last description of the callee. */
  let answered: { readonly sdp: string; readonly answer: string | undefined } | undefined;

  /** Starts an exchange when the one in progress is over. */
  function enqueue<T>(exchange: () => Promise<T>): Promise<T> {
    const turn = (inProgress ?? Promise.resolve()).then(exchange);
    const settled: Promise<void> = turn
      .then(
        () => {},
        () => {},
      )
      .finally(() => {
        if (inProgress === settled) inProgress = undefined;
      });
    inProgress = settled;
    return turn;
  }

  async function pass(request: ReInvite, to: Leg): Promise<void> {
    let answer: Answer | undefined;
    try {
      answer = await to.reInvite(request.offer);
      if (answer.sdp === undefined) throw new SipFailure(NOT_ACCEPTABLE_HERE, 'Not Acceptable Here');
      if (request.offer !== undefined) answer.ack();
      const reply = await request.accept(answer.sdp);
      if (request.offer === undefined) answer.ack(reply);
    } catch (error) {
      if (request.offer === undefined) answer?.ack();
      request.reject(refusalOf(error));
      if (isGone(error)) lost(error);
    }
  }

  async function describe(sdp: string | undefined): Promise<string | undefined> {
    if (answered && (sdp === undefined || sdp === answered.sdp)) return answered.answer;
    if (sdp === undefined) throw new SipFailure(NOT_ACCEPTABLE_HERE, NO_DESCRIPTION);
    const answer = pending ? acknowledge(pending, sdp) : await offer(caller, sdp);
    answered = { sdp, answer };
    return answer;
  }

  function acknowledge(answer: Answer, sdp: string): string | undefined {
    pending = undefined;
    answer.ack(sdp);
    return answer.sdp;
  }

  function hold(): void {
    if (pending?.sdp !== undefined) acknowledge(pending, holdAnswer(pending.sdp));
  }

  function requireKeys(): void {
    keysRequired = true;
    caller = requireKeysOf(callerLeg);
    pending = pending && requireKeysInAnswer(pending);
  }

  return {
    hold,
    requireKeys,

    requestOffer: () =>
      enqueue(async () => {
        const answer = await unlessRefused(caller.reInvite(undefined));
        answer?.ack(answer.sdp && holdAnswer(answer.sdp));
        return answer?.sdp;
      }),

    offerHold: (sdp) =>
      enqueue(async () => {
        hold();
        answered = undefined;
        const answer = await offer(caller, sdp);
        if (answer === undefined) throw new SipFailure(NOT_ACCEPTABLE_HERE, NO_DESCRIPTION);
        return answer;
      }),

    describe: (sdp) =>
      enqueue(async () => {
        await describe(sdp);
      }),

    connect: (leg, sdp) =>
      enqueue(async () => {
        const isUsable = sdp === undefined || !isRejected(sdp);
        const answer = isUsable ? await unlessRefused(describe(sdp)) : undefined;
        await agree(caller, leg, answer);
        callee = leg;
      }),

    join(leg) {
      callee = leg;
      if (wereKeysRequired(toldTo(callerLeg), toldTo(leg))) requireKeys();
    },

    relay(from, request) {
      const to = from === 'caller' ? callee : caller;
      if (!callee || !to || inProgress) request.reject(REQUEST_PENDING);
      else {
        const passed = keysRequired && from === 'caller' ? requireKeysIn(request) : request;
        enqueue(() => pass(passed, to)).catch(lost);
      }
    },

    refreshEvery: (max) => Math.min(max, caller.refreshEvery ?? max, callee?.refreshEvery ?? max),

    refresh: () =>
      enqueue(async () => {
        const described = callee && (await unlessRefused(refreshed(callee)));
        const answer = await unlessRefused(
          described === undefined ? refreshed(caller) : offer(caller, described),
        );
        if (callee && answer !== undefined) await unlessRefused(agree(caller, callee, answer));
      }).catch(lost),
  };
}

/** @returns the phone's answer. @throws SipFailure, also if the phone rejects every stream */
async function offer(phone: Leg, sdp: string): Promise<string | undefined> {
  const answer = await phone.reInvite(sdp);
  answer.ack();
  if (answer.sdp !== undefined && isRejected(answer.sdp))
    throw new SipFailure(NOT_ACCEPTABLE_HERE, 'the phone rejected every stream');
  return answer.sdp;
}

async function refreshed(phone: Leg): Promise<string | undefined> {
  const answer = await phone.refresh();
  answer.ack();
  return answer.sdp;
}

/** @returns undefined if the phone refused the exchange. @throws SipFailure if it is gone */
async function unlessRefused<T>(exchange: Promise<T>): Promise<T | undefined> {
  try {
    return await exchange;
  } catch (error) {
    if (isGone(error)) throw error;
    return undefined;
  }
}

/** Makes sure that the callee knows where, and with which keys, the caller receives. @param answer the caller's last one, if it sent one */
async function agree(caller: Leg, callee: Leg, answer: string | undefined): Promise<void> {
  if (answer !== undefined && isAsTold(answer, toldTo(callee))) return;
  if (answer !== undefined && !bindsToFirstAnswer(answer)) return takeTurns(caller, callee, answer);
  const offered = await unlessRefused(callee.reInvite(undefined));
  if (offered?.sdp !== undefined) return passOffer(callee, offered, caller);
  offered?.ack();
  if (answer === undefined) throw new SipFailure(NOT_ACCEPTABLE_HERE, NO_DESCRIPTION);
  return takeTurns(caller, callee, answer);
}

/**
 * A whole exchange that begins with an offer of the callee itself (RFC 3725 section 4.4). Both phones then have the last
 * description of the other one, even if they change their keys with each description.
 */
async function passOffer(callee: Leg, offered: Answer, caller: Leg): Promise<void> {
  const told = toldTo(callee);
  let answer: string | undefined;
  try {
    answer = await offer(caller, offered.sdp ?? '');
    if (answer === undefined) throw new SipFailure(NOT_ACCEPTABLE_HERE, NO_DESCRIPTION);
  } finally {
    offered.ack(answer ?? told);
  }
}

/** Offers each phone the other one's last answer, until what both were told is true. For phones without keys, or without offers. */
async function takeTurns(caller: Leg, callee: Leg, answer: string): Promise<void> {
  let [sdp, to, from] = [answer, callee, caller];
  for (let turn = 1; turn <= MAX_TURNS && !isAsTold(sdp, toldTo(to)); turn++) {
    const next = await offer(to, sdp);
    if (next === undefined) return;
    [sdp, to, from] = [next, from, to];
  }
}

/** The last description for a phone. */
function toldTo({ saved }: Leg): string {
  return (saved.phase === 'confirmed' && saved.description.sdp) || '';
}
