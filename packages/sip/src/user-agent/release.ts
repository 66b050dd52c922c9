import { setTimeout as sleep } from 'node:timers/promises';
import { Core, NameAddrHeader, type URI } from '../../vendor/sip.js/index.js';
import type { AgentContext } from './agent-context.ts';
import { readUri } from './message-parts.ts';
import { restoreDialog } from './restore-dialog.ts';
import type { SavedInvitation, SavedTry } from './saved-leg.ts';

const CALL_DOES_NOT_EXIST = 481;

/** @returns a handler of errors that no phone caused: it logs them. The phone may still be in the call */
export function notSent({ log }: Pick<AgentContext, 'log'>): (err: unknown) => false {
  return (err) => {
    log.error({ err }, 'sip: failed to send BYE or CANCEL; will retry');
    return false;
  };
}

/**
 * Sends a BYE or CANCEL and waits for its final response; never rejects.
 * @param send with the delegate that gets the response
 * @returns whether the phone confirmed the end: now (2xx) or before (481, RFC 3261 section 15.1.1). After any other response, or
 *   none, the phone may still be in the call
 */
export function awaitConfirmation(
  agent: Pick<AgentContext, 'log'>,
  send: (delegate: Core.OutgoingRequestDelegate) => unknown,
): Promise<boolean> {
  const confirmed = new Promise<boolean>((resolve) => {
    const refused = ({ message }: Core.IncomingResponse) =>
      resolve(message.statusCode === CALL_DOES_NOT_EXIST);
    send({ onAccept: () => resolve(true), onReject: refused, onRedirect: refused });
  });
  return confirmed.catch(notSent(agent));
}

/**
 * Cancels every INVITE that another process may have sent. Each CANCEL has the branch, sent-by, Route and server of its INVITE (RFC
 * 3261 section 9.1). A phone that answers this process, at the address of the other one, gets ACK and BYE; one that answered the other
 * process gets no ACK, and gives up.
 * @returns whether one CANCEL was confirmed, and every phone that answered confirmed its BYE
 */
export async function releaseInvitation(agent: AgentContext, saved: SavedInvitation): Promise<boolean> {
  const byes = endAnswers(agent, saved);
  const cancelled = saved.tries.map((each) => cancel(agent, saved, each));
  const first = Promise.any(cancelled.map(async (confirmed) => (await confirmed) || Promise.reject()));
  if (!(await first.catch(() => false))) return false;
  // a proxy that refused an INVITE statelessly does not respond to its CANCEL
  await Promise.race([Promise.all(cancelled), sleep(Core.Timers.T2, undefined, { ref: false })]);
  return (await Promise.all(byes.values())).every(Boolean);
}

function cancel(agent: AgentContext, saved: SavedInvitation, { cseq, branch }: SavedTry): Promise<boolean> {
  const [target, to, from] = [saved.requestUri, saved.remoteUri, saved.localUri].map(readUri) as [
    URI,
    URI,
    URI,
  ];
  const { callId, localTag: fromTag, sentBy: viaHost } = saved;
  const routeSet = [...saved.routeSet];
  const message = agent.core.makeOutgoingRequestMessage('CANCEL', target, from, to, {
    callId,
    cseq,
    fromTag,
    routeSet,
    viaHost,
  });
  message.branch = branch;
  message.server = saved.server;
  return awaitConfirmation(agent, (delegate) => agent.core.request(message, delegate));
}

/** Sends ACK and BYE to phones that answer the INVITE, for as long as they repeat their 2xx. @returns the confirmations, by tag */
function endAnswers(agent: AgentContext, saved: SavedInvitation): ReadonlyMap<string, Promise<boolean>> {
  const key = saved.callId + saved.localTag;
  const sessions = new Map<string, Core.SessionDialog>();
  const ended = new Map<string, Promise<boolean>>();
  agent.released.set(key, (answer) => {
    const contact = answer.parseHeader('contact');
    if (!(contact instanceof NameAddrHeader)) return;
    const repeated = sessions.get(answer.toTag);
    const session =
      repeated ??
      restoreDialog(agent, {
        ...saved,
        remoteTag: answer.toTag,
        remoteTarget: contact.uri.toRaw(),
        routeSet: answer.getHeaders('record-route').reverse(),
      });
    sendAck(agent, session, answer.cseq);
    if (repeated) return;
    sessions.set(answer.toTag, session);
    ended.set(
      answer.toTag,
      awaitConfirmation(agent, (delegate) => session.bye(delegate)),
    );
  });
  setTimeout(() => agent.released.delete(key), 64 * Core.Timers.T1).unref();
  return ended;
}

function sendAck({ transport }: AgentContext, session: Core.SessionDialog, cseq: number): void {
  const ack = session.createOutgoingRequestMessage('ACK', { cseq });
  ack.setViaHeader(Core.ClientTransaction.makeBranch(), transport.protocol);
  transport.send(ack.toString()).catch(() => {}); // the phone repeats its 2xx
}
