import { type Answer, type Leg, SipFailure } from '@clicktocall/sip';
import { isRefused, NOT_ACCEPTABLE_HERE } from './call-endings.ts';
import { isAsExpected } from './media/agreement.ts';
import { bindsToFirstAnswer } from './media/protection.ts';
import { isRejected } from './media/streams.ts';

export const NO_DESCRIPTION = 'the phone sent no description';
/** Of the exchanges until both phones agree. */
export const MAX_TURNS = 3;

/** @returns the phone's answer. @throws SipFailure, also if the phone rejects every stream */
export async function offer(phone: Leg, sdp: string): Promise<string | undefined> {
  const answer = await phone.reInvite(sdp);
  answer.ack();
  if (answer.sdp !== undefined && isRejected(answer.sdp))
    throw new SipFailure(NOT_ACCEPTABLE_HERE, 'the phone rejected every stream').of(phone.saved);
  return answer.sdp;
}

export async function refreshed(phone: Leg): Promise<string | undefined> {
  const answer = await phone.refresh();
  answer.ack();
  return answer.sdp;
}

/** @returns undefined if the phone refused the exchange. @throws SipFailure if it is gone, and any other error */
export async function unlessRefused<T>(exchange: Promise<T>): Promise<T | undefined> {
  try {
    return await exchange;
  } catch (error) {
    if (!isRefused(error)) throw error;
    return undefined;
  }
}

/** Makes sure that the callee knows where, and with which keys, the caller receives. @param answer the caller's last one, if it sent one */
export async function agree(caller: Leg, callee: Leg, answer: string | undefined): Promise<void> {
  if (answer !== undefined && isAsExpected(answer, lastDescriptionFor(callee))) return;
  if (answer !== undefined && !bindsToFirstAnswer(answer)) return takeTurns(caller, callee, answer);
  const offered = await unlessRefused(callee.reInvite(undefined));
  if (offered?.sdp !== undefined) return passOffer(callee, offered, caller);
  offered?.ack();
  if (answer === undefined) throw new SipFailure(NOT_ACCEPTABLE_HERE, NO_DESCRIPTION).of(callee.saved);
  return takeTurns(caller, callee, answer);
}

/**
 * A whole exchange that begins with an offer of the callee itself (RFC 3725 section 4.4). Both phones then have the last
 * description of the other one, even if they change their keys with each description.
 */
async function passOffer(callee: Leg, offered: Answer, caller: Leg): Promise<void> {
  const before = lastDescriptionFor(callee);
  let answer: string | undefined;
  try {
    answer = await offer(caller, offered.sdp ?? '');
    if (answer === undefined) throw new SipFailure(NOT_ACCEPTABLE_HERE, NO_DESCRIPTION).of(caller.saved);
  } finally {
    offered.ack(answer ?? before);
  }
}

/** Offers each phone the other one's last answer, until both have the other one's last description. For phones without keys, or without offers. */
async function takeTurns(caller: Leg, callee: Leg, answer: string): Promise<void> {
  let [sdp, to, from] = [answer, callee, caller];
  for (let turn = 1; turn <= MAX_TURNS && !isAsExpected(sdp, lastDescriptionFor(to)); turn++) {
    const next = await offer(to, sdp);
    if (next === undefined) return;
    [sdp, to, from] = [next, from, to];
  }
}

/** The last description for a phone; empty if it got none. */
export function lastDescriptionFor({ saved }: Leg): string {
  return (saved.phase === 'confirmed' && saved.description.sdp) || '';
}
