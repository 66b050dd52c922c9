import { type Agent, readUri } from './agent.ts';
import type { SavedInvitation } from './saved-leg.ts';

/**
 * CANCEL of an INVITE that another process sent, as that process would have sent it: same branch, sent-by and Route
 * (RFC 3261 section 9.1). What becomes of the INVITE that process would hear: a phone that answered nevertheless gets
 * no ACK, and gives up.
 */
export function releaseInvitation(agent: Agent, saved: SavedInvitation): Promise<void> {
  const [to, from] = [readUri(saved.remoteUri), readUri(saved.localUri)];
  const { callId, cseq, localTag: fromTag, sentBy: viaHost } = saved;
  const routeSet = [...saved.routeSet];
  const message = agent.core.makeOutgoingRequestMessage('CANCEL', to, from, to, {
    ...{ callId, cseq, fromTag, routeSet, viaHost },
  });
  message.branch = saved.branch;
  return new Promise((resolve) => {
    const done = () => resolve();
    agent.core.request(message, { onAccept: done, onReject: done, onRedirect: done });
  });
}
