import { setTimeout as sleep } from 'node:timers/promises';
import { Core } from '../../vendor/sip.js/index.js';
import type { AgentContext } from './agent-context.ts';
import { readUri } from './message-parts.ts';
import type { SavedInvitation, SavedTry } from './saved-leg.ts';

const CALL_DOES_NOT_EXIST = 481;

/**
 * Sends a BYE or CANCEL and waits for its final response; never rejects.
 * @param send with the delegate that gets the response
 * @returns whether the phone confirmed the end: now (2xx) or before (481, RFC 3261 section 15.1.1). After any other response, or
 *   none, the phone may still be in the call
 */
export function awaitConfirmation(
  send: (delegate: Core.OutgoingRequestDelegate) => unknown,
): Promise<boolean> {
  const confirmed = new Promise<boolean>((resolve) => {
    const refused = ({ message }: Core.IncomingResponse) =>
      resolve(message.statusCode === CALL_DOES_NOT_EXIST);
    send({ onAccept: () => resolve(true), onReject: refused, onRedirect: refused });
  });
  return confirmed.catch(() => false); // sip.js throws if the dialog is over
}

/**
 * Cancels every INVITE that another process may have sent. Each CANCEL has the branch, sent-by and Route of its INVITE (RFC 3261
 * section 9.1). The final response to the INVITE goes to the other process: a phone that answered
 * gets no ACK, and gives up.
 * @returns whether one CANCEL was confirmed
 */
export async function releaseInvitation(agent: AgentContext, saved: SavedInvitation): Promise<boolean> {
  const cancelled = saved.tries.map((each) => cancel(agent, saved, each));
  const first = Promise.any(cancelled.map(async (confirmed) => (await confirmed) || Promise.reject()));
  if (!(await first.catch(() => false))) return false;
  // a proxy that refused an INVITE statelessly does not respond to its CANCEL
  await Promise.race([Promise.all(cancelled), sleep(Core.Timers.T2, undefined, { ref: false })]);
  return true;
}

function cancel(agent: AgentContext, saved: SavedInvitation, { cseq, branch }: SavedTry): Promise<boolean> {
  const [to, from] = [readUri(saved.remoteUri), readUri(saved.localUri)];
  const { callId, localTag: fromTag, sentBy: viaHost } = saved;
  const routeSet = [...saved.routeSet];
  const message = agent.core.makeOutgoingRequestMessage('CANCEL', to, from, to, {
    callId,
    cseq,
    fromTag,
    routeSet,
    viaHost,
  });
  message.branch = branch;
  return awaitConfirmation((delegate) => agent.core.request(message, delegate));
}
