import {
  type Answer,
  type EarlyMedia,
  type InfoRequest,
  type Leg,
  type ReInvite,
  SipFailure,
} from '@clicktocall/sip';
import type { LegName } from '../carrier.ts';
import { NOT_ACCEPTABLE_HERE, REQUEST_PENDING } from './call-endings.ts';
import { passInfo } from './dtmf.ts';
import {
  agree,
  lastDescriptionFor,
  MAX_TURNS,
  NO_DESCRIPTION,
  offer,
  refreshed,
  unlessRefused,
} from './exchanges.ts';
import { isAsExpected, isSameMedia } from './media/agreement.ts';
import { holdAnswer } from './media/hold-answer.ts';
import {
  requireKeysIn,
  requireKeysInAnswer,
  requireKeysOf,
  wereKeysRequired,
} from './media/optional-keys.ts';
import { isRejected } from './media/streams.ts';
import { relayOffer } from './relay-offer.ts';

/** Exchanges session descriptions between two phones, one exchange at a time. */
export interface Conversation {
  /** Acknowledges the caller's answer with an answer that holds it, unless it has got the callee's description. */
  hold(): void;
  /** Asks the caller for an offer, and holds it again. @returns undefined if the phone refuses. @throws SipFailure if it is gone */
  requestOffer(): Promise<string | undefined>;
  /** Makes the caller, which is on hold, another offer that holds it. @returns its answer. @throws SipFailure */
  offerHold(sdp: string): Promise<string>;
  /** Offers the description of the callee, whose phone rings, to the caller, and tells the callee where the caller receives it. */
  describeEarly(early: EarlyMedia): void;
  /**
   * Adds the callee, which has answered, and connects it to the caller.
   * @param sdp its description; undefined: the one it sent before (RFC 3262 section 5)
   * @throws SipFailure
   */
  connect(callee: Leg, sdp: string | undefined): Promise<void>;
  /** From now on, the keys that are optional for the caller are required from it (media/optional-keys.ts). */
  requireKeys(): void;
  /** Adds the callee of a call that was connected before. */
  join(callee: Leg): void;
  /** Passes a phone's re-INVITE to the other one, and its answer back (RFC 3725 section 7). Before there is another one, answers it. */
  relay(from: LegName, request: ReInvite): void;
  /** Passes the keys that a phone sends in INFO to the other one. */
  passInfo(from: LegName, request: InfoRequest): void;
  /** Seconds until the sessions must be refreshed, as the phones agreed. @param max upper bound */
  refreshEvery(max: number): number;
  /** Offers each phone the other one's description again. This also detects dead phones. */
  refresh(): Promise<void>;
}

export interface ConversationFailures {
  /** A phone has left the call, or an exchange failed halfway. */
  lost(error: unknown): void;
  /** The caller does not hear the callee before its answer. */
  noEarlyMedia(error: unknown): void;
}

/**
 * @param unacknowledged the caller's offer, which waits for its answer in the ACK
 */
export function createConversation(
  callerLeg: Leg,
  { lost, noEarlyMedia }: ConversationFailures,
  unacknowledged?: Answer,
): Conversation {
  let caller = callerLeg;
  let callee: Leg | undefined;
  let keysRequired = false;
  let pending = unacknowledged;
  let inProgress: Promise<void> | undefined;
  /** The caller's answer to the last description of the callee. */
  let answered: { readonly sdp: string; readonly answer: string | undefined } | undefined;
  /** The description of the callee whose phone rings. */
  let early: EarlyMedia | undefined;
  let updating = false;

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

  async function describeEarly(current: EarlyMedia): Promise<void> {
    early = current;
    await describe(current.sdp);
  }

  /** Sends the early media to where the caller receives now. Other exchanges do not wait for the callee's phone. */
  async function updateEarly(): Promise<void> {
    if (updating) return;
    updating = true;
    try {
      for (let turn = 1; turn <= MAX_TURNS && early && !callee; turn++) {
        const current = early;
        const before = answered;
        const answer = before?.answer;
        if (answer === undefined || isAsExpected(answer, current.offer)) return;
        const sdp = await current.update(answer);
        if (sdp === undefined) return;
        if (early !== current) continue;
        early = { ...current, sdp, offer: answer };
        if (answered !== before) continue; // the caller has moved again since
        if (isSameMedia(sdp, current.sdp)) answered = { sdp, answer };
        else await enqueue(() => unlessRefused(describe(sdp)));
      }
    } finally {
      updating = false;
    }
  }

  /** The caller changes its description while the callee's phone rings: it stays on hold, and gets early media again. */
  async function answerWithHold({ offer, accept }: ReInvite): Promise<void> {
    answered = undefined;
    await accept(offer === undefined ? lastDescriptionFor(caller) : holdAnswer(offer));
    if (early) await unlessRefused(describeEarly(early));
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

    describeEarly(current) {
      enqueue(() => describeEarly(current))
        .then(updateEarly)
        .catch(noEarlyMedia);
    },

    connect: (leg, sdp) =>
      enqueue(async () => {
        const isUsable = sdp === undefined || !isRejected(sdp);
        const answer = isUsable ? await unlessRefused(describe(sdp)) : undefined;
        await agree(caller, leg, answer);
        callee = leg;
      }),

    join(leg) {
      callee = leg;
      if (wereKeysRequired(lastDescriptionFor(callerLeg), lastDescriptionFor(leg))) requireKeys();
    },

    relay(from, request) {
      const to = from === 'caller' ? callee : caller;
      const passed = keysRequired && from === 'caller' ? requireKeysIn(request) : request;
      if (inProgress || pending || (from === 'callee' && !callee)) request.reject(REQUEST_PENDING);
      else if (to) enqueue(() => relayOffer(passed, to)).catch(lost);
      else enqueue(() => answerWithHold(passed)).then(() => updateEarly().catch(noEarlyMedia), lost);
    },

    passInfo(from, request) {
      const to = from === 'caller' ? callee : caller;
      passInfo(request, to);
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
