import { type Answer, type Leg, type ReInvite, SipFailure, transactionTimeout } from '@clicktocall/sip';
import { isGone, isRefused, NOT_ACCEPTABLE_HERE, refusalOf } from './call-endings.ts';
import { lastDescriptionFor, NO_DESCRIPTION } from './exchanges.ts';

/** Server Time-out (RFC 3261 section 21.5.5): the other phone does not answer. It leaves the call of the phone that gets it as it is. */
const SERVER_TIMEOUT = 504;
/** A phone waits 64*T1 for a final response, and may end its call without one. */
const RELAY_LIMIT = 0.6;

/**
 * Passes a phone's re-INVITE to the other phone, and its answer back (RFC 3725 section 7). If the other phone does not answer, the first
 * one gets a refusal before it gives up.
 * @throws SipFailure if the other phone is gone, and any other error
 */
export async function relayOffer(request: ReInvite, to: Leg): Promise<void> {
  const before = lastDescriptionFor(to);
  const answering = to.reInvite(request.offer);
  try {
    const answer = await withinLimit(answering);
    if (answer !== undefined) return await passAnswer(request, answer, before);
    request.reject(SERVER_TIMEOUT);
    await settleLate(request, answering, to, before);
  } catch (error) {
    request.reject(refusalOf(error));
    if (!isRefused(error)) throw error;
  }
}

/** @returns undefined if there is none in time */
async function withinLimit(answering: Promise<Answer>): Promise<Answer | undefined> {
  const tooLate = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => tooLate.resolve(undefined), RELAY_LIMIT * transactionTimeout()).unref();
  return Promise.race([answering, tooLate.promise]).finally(() => clearTimeout(timer));
}

/** @param before the last description for the phone that answers. It gets this again if it made an offer that got no answer */
async function passAnswer(request: ReInvite, { sdp, ack }: Answer, before: string): Promise<void> {
  let reply: string | undefined;
  if (request.offer !== undefined) ack();
  try {
    if (sdp === undefined) throw new SipFailure(NOT_ACCEPTABLE_HERE, NO_DESCRIPTION);
    reply = await request.accept(sdp);
  } finally {
    ack(reply ?? before);
  }
}

/**
 * The re-INVITE has been refused to the phone that sent it. If the other phone accepts it late, it gets its former description again. If
 * it neither answers nor responds to a probe, it is gone.
 * @throws SipFailure if the phone is gone, and any other error
 */
async function settleLate(
  { offer }: ReInvite,
  answering: Promise<Answer>,
  to: Leg,
  before: string,
): Promise<void> {
  const alive = to.isAlive();
  try {
    const late = await answering;
    late.ack(offer === undefined ? before : undefined);
    if (offer !== undefined) (await to.reInvite(before)).ack();
  } catch (error) {
    if (isRefused(error) || (isGone(error) && (await alive))) return;
    throw error;
  }
}
