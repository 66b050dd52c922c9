import { SipFailure } from '@clicktocall/sip';
import { NoCommonMedia } from './call-endings.ts';
import type { Conversation } from './conversation.ts';
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
}

/**
 * Another offer for a callee that refused all that the caller's phone offers: with encryption if it was without, and the other way
 * round. The caller's phone is on hold meanwhile, and is asked whether it agrees, so that the callee's phone does not ring if not.
 * @param remember called with the flow that may connect later calls to this callee: phones whose encryption is optional often decide on
 *   it when the call begins
 * @throws NoCommonMedia that names what the phones do not have in common
 */
export async function otherOffer(
  { conversation, offer }: HeldCaller,
  refusal: SipFailure,
  remember: (flow: Flow) => void,
): Promise<string> {
  const protection = protectionOf(offer);
  if (protection === 'optional') {
    conversation.requireKeys();
    return requireKeys(offer);
  }
  const other = protection === 'plain' ? 'encrypted' : 'plain';
  try {
    const answer = await conversation.offerHold(heldOffer(other, offer));
    return other === 'plain' ? withoutKeys(offer) : withKeysOf(answer, offer);
  } catch (error) {
    if (!(error instanceof SipFailure) || error.local) throw error;
    remember(other === 'plain' ? 'early-offer' : 'delayed-offer');
    throw new NoCommonMedia(refusal.code, REASONS[other]);
  }
}
