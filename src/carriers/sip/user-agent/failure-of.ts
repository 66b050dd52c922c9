import type { Core } from 'sip.js';
import type { Agent } from './agent.ts';
import { SipFailure } from './sip-failure.ts';

/**
 * What a response that is no 2xx means. sip.js makes one of its own, without any header field, for timers B and F and
 * for errors of the transport, which knows the reason.
 */
export function failureOf(
  { transport, counters }: Pick<Agent, 'transport' | 'counters'>,
  message: Core.IncomingResponseMessage,
  branch: string | undefined,
): SipFailure {
  const code = message.statusCode ?? 500;
  if (message.hasHeader('via')) return new SipFailure(code, message.reasonPhrase ?? '');
  const error = transport.takeError(branch);
  if (error === undefined) counters.failure('unanswered');
  return new SipFailure(code, error ?? 'no answer', true);
}
