import type { Core } from '../../vendor/sip.js/index.js';
import type { AgentContext } from './agent-context.ts';
import { SipFailure } from './failure.ts';
import { readUri } from './message-parts.ts';
import type { SessionTimer } from './session-timer.ts';

/** The phone to call, the caller ID that it shows, and the offer. */
export interface InviteOptions {
  /** SIP URI of the phone. */
  readonly to: string;
  readonly from: { readonly uri: string; readonly displayName?: string };
  /** Undefined: the phone makes the offer. */
  readonly offer: string | undefined;
  /** More header lines. */
  readonly headers: readonly string[];
  /** Whether a SIP URI that a 3xx names may be called instead. Undefined: no redirection is followed. */
  readonly mayRedirect?: (uri: string) => Promise<boolean>;
}

/** The properties in which the INVITEs of a leg differ. */
export interface InviteAttempt {
  /** The Request-URI. It differs from `to` after a redirection. */
  readonly target: string;
  readonly callId: string;
  readonly tag: string;
  readonly cseq: number;
  readonly timer: SessionTimer;
  readonly body: Core.Body | undefined;
}

/** @throws SipFailure 484 if an address is not a SIP URI, 400 if a header line has a line break */
export function composeInvite(
  agent: AgentContext,
  { to, from, headers }: InviteOptions,
  { target, callId, tag, cseq, timer, body }: InviteAttempt,
): Core.OutgoingRequestMessage {
  if (headers.some((line) => /[\r\n]/.test(line)))
    throw new SipFailure(400, 'a header field has several lines', true);
  const name = from.displayName?.replace(/\p{Cc}/gu, ' ').replace(/["\\]/g, '\\$&');
  return agent.core.makeOutgoingRequestMessage(
    'INVITE',
    readUri(target),
    readUri(from.uri),
    readUri(to),
    {
      callId,
      fromTag: tag,
      cseq,
      ...(name ? { fromDisplayName: name } : {}),
      // without an offer, a reliable 183 would be the phone's offer, and the PRACK would have to answer it (RFC 3262 section 5)
      optionTags: body === undefined ? ['timer'] : ['100rel', 'timer'],
    },
    [...agent.headers, ...timer.requestHeaders, ...headers],
    body,
  );
}
