import type { Core } from 'sip.js';
import { type Agent, readUri } from './agent.ts';
import type { SessionTimer } from './session-timer.ts';
import { SipFailure } from './sip-failure.ts';

/** An INVITE as it is wanted. */
export interface Invited {
  readonly to: string;
  readonly from: { readonly uri: string; readonly displayName?: string };
  readonly offer: string | undefined;
  readonly headers: readonly string[];
}

/** What tells an INVITE of a leg from others. */
export interface InvitingLeg {
  readonly callId: string;
  readonly tag: string;
  readonly cseq: number;
  readonly timer: SessionTimer;
  readonly offer: Core.Body | undefined;
}

/** @throws SipFailure 484 where an address is no SIP URI, 400 where a header field is none */
export function composeInvite(
  agent: Agent,
  { to, from, headers }: Invited,
  { callId, tag, cseq, timer, offer }: InvitingLeg,
): Core.OutgoingRequestMessage {
  if (headers.some((line) => /[\r\n]/.test(line)))
    throw new SipFailure(400, 'a header field of several lines', true);
  const name = from.displayName?.replace(/\p{Cc}/gu, ' ').replace(/["\\]/g, '\\$&');
  return agent.core.makeOutgoingRequestMessage(
    'INVITE',
    readUri(to),
    readUri(from.uri),
    readUri(to),
    {
      callId,
      fromTag: tag,
      cseq,
      ...(name ? { fromDisplayName: name } : {}),
      // a reliable 183 would be the phone's offer where this side made none, and the PRACK would have to answer it
      optionTags: offer === undefined ? ['timer'] : ['100rel', 'timer'],
    },
    [...agent.headers, ...timer.requested, ...headers],
    offer,
  );
}
