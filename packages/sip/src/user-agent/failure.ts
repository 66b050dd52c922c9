import type { Core } from '../../vendor/sip.js/index.js';
import type { AgentContext } from './agent-context.ts';
import { type PeerReason, readPeerReason } from './reason-header.ts';

/** A request got a final response that is not a 2xx, or none. */
export class SipFailure extends Error {
  readonly code: number;
  readonly reason: string;
  /** Whether this node set the code: timer B expired, or there is no route or no connection. */
  readonly local: boolean;
  /** Of the header fields Reason of the response. */
  readonly peerReason: PeerReason;
  /** The Call-ID of the leg, if it had been answered. */
  sipCallId: string | undefined;

  constructor(code: number, reason: string, local = false, peerReason: PeerReason = {}) {
    super(`${code} ${reason}`);
    this.name = 'SipFailure';
    this.code = code;
    this.reason = reason;
    this.local = local;
    this.peerReason = peerReason;
  }

  /** Names the leg whose request failed. */
  of({ callId }: { readonly callId: string }): this {
    this.sipCallId = callId;
    return this;
  }
}

/** Whether a peer sent the response. sip.js creates responses without header fields if timer B or F expires, or if sending fails. */
export function isFromPeer(message: Core.IncomingResponseMessage): boolean {
  return message.hasHeader('via');
}

/** Converts a final response to a failure. If no peer sent the response, the transport may know the cause. */
export function failureOf(
  { transport, counters }: Pick<AgentContext, 'transport' | 'counters'>,
  message: Core.IncomingResponseMessage,
  branch: string | undefined,
): SipFailure {
  const code = message.statusCode ?? 500;
  if (isFromPeer(message))
    return new SipFailure(code, message.reasonPhrase ?? '', false, readPeerReason(message));
  const error = transport.takeError(branch);
  if (error === undefined) counters.failure('unanswered');
  return new SipFailure(code, error ?? 'no response', true);
}
