import { isGone, type LegName, NOT_ACCEPTABLE_HERE, REQUEST_PENDING, refusalOf } from './outcomes.ts';
import type { Answer, Leg, ReInvite } from './user-agent/leg.ts';
import { SipFailure } from './user-agent/sip-failure.ts';

/** What two phones tell each other through this server: one exchange at a time. */
export interface Conversation {
  /**
   * Offers the caller what the callee describes.
   * @param sdp undefined: what it described before (RFC 3262 section 5)
   * @returns the caller's answer
   * @throws SipFailure
   */
  describe(sdp: string | undefined): Promise<string | undefined>;
  /** From now on the callee is there, too. */
  join(callee: Leg): void;
  /** Offers the callee what the caller has come to describe. */
  correct(sdp: string): Promise<void>;
  /** Carries a phone's re-INVITE to the other one, and its answer back (RFC 3725 section 7). */
  relay(from: LegName, request: ReInvite): void;
  /** Seconds until the sessions are to be refreshed, as the phones agreed to, or at most so many. */
  refreshEvery(most: number): number;
  /** Has each phone hear again what the other one describes, which also shows whether it is there. */
  refresh(): Promise<void>;
}

/** @param lost is told when a phone is not in the call any more, or an exchange came to no proper end, and why */
export function createConversation(caller: Leg, lost: (why: unknown) => void): Conversation {
  let callee: Leg | undefined;
  let underWay: Promise<void> | undefined;
  /** By the caller, to what the callee described last. */
  let answered: { readonly sdp: string; readonly answer: string | undefined } | undefined;

  /** Does it when what is under way has come to its end. */
  function next<T>(exchange: () => Promise<T>): Promise<T> {
    const turn = (underWay ?? Promise.resolve()).then(exchange);
    const settled: Promise<void> = turn
      .then(
        () => {},
        () => {},
      )
      .finally(() => {
        if (underWay === settled) underWay = undefined;
      });
    underWay = settled;
    return turn;
  }

  async function carry(request: ReInvite, to: Leg): Promise<void> {
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

  /** @returns undefined when the phone did not agree, but is there @throws SipFailure when it is not */
  async function heardFrom(exchange: Promise<Answer>): Promise<string | undefined> {
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
      next(async () => {
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
      next(async () => {
        if (callee) await heardFrom(callee.reInvite(sdp));
      }).catch(lost),

    relay(from, request) {
      const to = from === 'caller' ? callee : caller;
      if (!callee || !to || underWay) request.reject(REQUEST_PENDING);
      else next(() => carry(request, to)).catch(lost);
    },

    refreshEvery: (most) => Math.min(most, caller.refreshEvery ?? most, callee?.refreshEvery ?? most),

    refresh: () =>
      next(async () => {
        const described = callee && (await heardFrom(callee.refresh()));
        await heardFrom(described === undefined ? caller.refresh() : caller.reInvite(described));
      }).catch(lost),
  };
}
