import type { Core } from '../../vendor/sip.js/index.js';
import type { AgentContext } from './agent-context.ts';
import { isReliable, type Progress } from './invite-attempt.ts';
import { sdpOf } from './message-parts.ts';

/**
 * Whether a phone that rings takes another offer (RFC 3311 section 5.1): its own description was sent reliably, so the exchange is over,
 * and it allows UPDATE.
 */
export function takesUpdate({ message }: Progress): boolean {
  return isReliable(message) && /\bUPDATE\b/i.test(message.getHeaders('allow').join());
}

/** Sends UPDATE within an early dialog. @returns the phone's answer; undefined if it refuses, or does not respond */
export function sendEarlyUpdate(
  agent: AgentContext,
  { session }: Progress,
  body: Core.Body,
): Promise<string | undefined> {
  const { core, headers: extraHeaders } = agent;
  return new Promise((resolve) => {
    const refused = () => resolve(undefined);
    // the class of sip.js for an early dialog
    const message = (session as Core.SessionDialog).createOutgoingRequestMessage('UPDATE', {
      extraHeaders: [...extraHeaders],
      body,
    });
    core.request(message, {
      onAccept: (response) => resolve(sdpOf(response.message)),
      onReject: refused,
      onRedirect: refused,
    });
  });
}
