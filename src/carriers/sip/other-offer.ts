import { SipFailure } from '@clicktocall/sip';
import { NoCommonMedia } from './call-endings.ts';
import type { Conversation } from './conversation.ts';
import { unlessRefused } from './exchanges.ts';
import type { Flow } from './flow-store.ts';
import { heldOffer } from './media/held-offer.ts';
import { protectionOf, requireKeys, withKeysOf, withoutKeys } from './media/protection.ts';

const REASONS = {
  plain: "the caller's phone requires encryption; the callee's does not offer it",
  encrypted:
    "the phones share no codec, or the callee's phone requires encryption; the caller's does not offer it",
};

/** A caller that has answered, and all that its phone offers. */
export interface HeldCaller {
  readonly conversation: Conversation;
  readonly offer: string;
  /**
   * Calls the phone in place of the call that it has, with this offer. Undefined if the flow is configured.
   * @returns undefined if the call ended instead. @throws SipFailure
   */
  readonly replace: ((offer: string) => Promise<HeldCaller | undefined>) | undefined;
}

/**
 * Another offer for a callee that refused all that the caller's phone offers: with encryption if it was without, and the other way
 * round. The caller's phone is on hold, and is asked whether it agrees, so that the callee's phone does not ring if not.
 * @param remember called with the flow that may connect later calls to this callee sooner: phones whose encryption is optional often
 *   decide on it when the call begins
 * @throws NoCommonMedia that names what the phones do not have in common
 */
export async function otherOffer(
  { conversation, offer, replace }: HeldCaller,
  refusal: SipFailure,
  remember: (flow: Flow) => void,
): Promise<string> {
  const protection = protectionOf(offer);
  if (protection === 'optional') {
    conversation.requireKeys();
    return requireKeys(offer);
  }
  const other = protection === 'plain' ? 'encrypted' : 'plain';
  const answer = await unlessRefused(conversation.offerHold(heldOffer(other, offer)));
  if (answer !== undefined) return other === 'plain' ? withoutKeys(offer) : withKeysOf(answer, offer);
  remember(other === 'plain' ? 'early-offer' : 'delayed-offer');
  const replaced = replace && (await unlessFailed(replace(heldOffer(other))));
  if (replaced && protectionOf(replaced.offer) === other) return replaced.offer;
  throw new NoCommonMedia(refusal.code, REASONS[other]);
}

/** The phones have nothing in common, however it fails. */
async function unlessFailed<T>(replacing: Promise<T>): Promise<T | undefined> {
  try {
    return await replacing;
  } catch (error) {
    if (!(error instanceof SipFailure)) throw error;
    return undefined;
  }
}
