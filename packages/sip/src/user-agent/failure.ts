import type { Core } from '../../vendor/sip.js/index.js';
import type { AgentContext } from './agent-context.ts';

/** A request got a final response that is not a 2xx, or none. */
export class SipFailure extends Error {
  readonly code: number;
  readonly reason: string;
  /** The code is this node's own: no response before timer B expired, no route, no connection. */
  readonly local: boolean;

  constructor(code: number, reason: string, local = false) {
    super(`${code} ${reason}`);
    this.name = 'SipFailure';
    this.code = code;
    this.reason = reason;
    this.local = local;
  }
}

/** Whether a peer sent the response: sip.js makes its own, without header fields, when timer B or F expires or sending fails. */
export function isFromPeer(message: Core.IncomingResponseMessage): boolean {
  return message.hasHeader('via');
}

/** The failure that a final response means. If no peer sent it, the transport may know the cause. */
export function failureOf(
  { transport, counters }: Pick<AgentContext, 'transport' | 'counters'>,
  message: Core.IncomingResponseMessage,
  branch: string | undefined,
): SipFailure {
  const code = message.statusCode ?? 500;
  if (isFromPeer(message)) return new SipFailure(code, message.reasonPhrase ?? '');
  const error = transport.takeError(branch);
  if (error === undefined) counters.failure('unanswered');
  return new SipFailure(code, error ?? 'no response', true);
}
