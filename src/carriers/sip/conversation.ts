import { type Answer, type Leg, type ReInvite, SipFailure } from '@clicktocall/sip';
import type { LegName } from '../carrier.ts';
import { isGone, NOT_ACCEPTABLE_HERE, REQUEST_PENDING, refusalOf } from './call-endings.ts';

/** Exchanges session descriptions between two phones, one exchange at a time. */
export interface Conversation {
  /**
   * Offers the callee's description to the caller.
   * @param sdp undefined: the description it sent before (RFC 3262 section 5)
   * @returns the caller's answer
   * @throws SipFailure
   */
  describe(sdp: string | undefined): Promise<string | undefined>;
  /** Adds the callee, which has answered. */
  join(callee: Leg): void;
  /** Offers the caller's changed description to the callee. */
  correct(sdp: string): Promise<void>;
  /** Passes a phone's re-INVITE to the other one, and its answer back (RFC 3725 section 7). */
  relay(from: LegName, request: ReInvite): void;
  /** Seconds until the sessions must be refreshed, as the phones agreed. @param max upper bound */
  refreshEvery(max: number): number;
  /** Offers each phone the other one's description again. This also detects dead phones. */
  refresh(): Promise<void>;
}

/** @param lost called with the error if a phone has left the call, or an exchange failed halfway */
export function createConversation(caller: Leg, lost: (error: unknown) => void): Conversation {
  let callee: Leg | undefined;
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

  /** @returns undefined if the phone refused the offer. @throws SipFailure if it is gone */
  async function descriptionFrom(exchange: Promise<Answer>): Promise<string | undefined> {
    try {
      const answer = await exchange;
      answer.ack();
      return answer.sdp;
    } catch (error) {
      if (isGone(error)) throw error;
      return undefined;
    }
  }

  return {
    describe: (sdp) =>
      enqueue(async () => {
        if (answered && (sdp === undefined || sdp === answered.sdp)) return answered.answer;
        if (sdp === undefined) throw new SipFailure(NOT_ACCEPTABLE_HERE, 'Not Acceptable Here');
        const answer = await caller.reInvite(sdp);
        answer.ack();
        answered = { sdp, answer: answer.sdp };
        return answer.sdp;
      }),

    join(leg) {
      callee = leg;
    },

    correct: (sdp) =>
      enqueue(async () => {
        if (callee) await descriptionFrom(callee.reInvite(sdp));
      }).catch(lost),

    relay(from, request) {
      const to = from === 'caller' ? callee : caller;
      if (!callee || !to || inProgress) request.reject(REQUEST_PENDING);
      else enqueue(() => pass(request, to)).catch(lost);
    },

    refreshEvery: (max) => Math.min(max, caller.refreshEvery ?? max, callee?.refreshEvery ?? max),

    refresh: () =>
      enqueue(async () => {
        const described = callee && (await descriptionFrom(callee.refresh()));
        await descriptionFrom(described === undefined ? caller.refresh() : caller.reInvite(described));
      }).catch(lost),
  };
}
