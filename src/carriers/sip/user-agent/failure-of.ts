import type { Core } from 'sip.js';
import type { Agent } from './agent.ts';
import { SipFailure } from './sip-failure.ts';

/** sip.js makes responses of its own, without any header field, for timers B and F and for errors of the transport. */
export function isFromPeer(message: Core.IncomingResponseMessage): boolean {
  return message.hasHeader('via');
}

/** What a response that is no 2xx means; where none came, the transport may know why. */
export function failureOf(
  { transport, counters }: Pick<Agent, 'transport' | 'counters'>,
  message: Core.IncomingResponseMessage,
  branch: string | undefined,
): SipFailure {
  const code = message.statusCode ?? 500;
  if (isFromPeer(message)) return new SipFailure(code, message.reasonPhrase ?? '');
  const error = transport.takeError(branch);
  if (error === undefined) counters.failure('unanswered');
  return new SipFailure(code, error ?? 'no answer', true);
}
