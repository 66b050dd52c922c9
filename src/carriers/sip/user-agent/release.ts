import { setTimeout as sleep } from 'node:timers/promises';
import { Core } from 'sip.js';
import { type Agent, readUri } from './agent.ts';
import type { SavedInvitation, SavedTry } from './saved-leg.ts';

/**
 * CANCEL of all that another process may have sent of an INVITE, as that process would have sent it: same branch, sent-by
 * and Route (RFC 3261 section 9.1). What becomes of the INVITE that process would hear: a phone that answered
 * nevertheless gets no ACK, and gives up.
 */
export async function releaseInvitation(agent: Agent, saved: SavedInvitation): Promise<void> {
  const cancelled = saved.tries.map((each) => cancel(agent, saved, each));
  // a proxy says nothing to the CANCEL of what it refused without keeping anything of it
  const patience = Promise.any(cancelled).then(() => sleep(Core.Timers.T2, undefined, { ref: false }));
  await Promise.race([Promise.all(cancelled), patience]);
}

function cancel(agent: Agent, saved: SavedInvitation, { cseq, branch }: SavedTry): Promise<void> {
  const [to, from] = [readUri(saved.remoteUri), readUri(saved.localUri)];
  const { callId, localTag: fromTag, sentBy: viaHost } = saved;
  const routeSet = [...saved.routeSet];
  const message = agent.core.makeOutgoingRequestMessage('CANCEL', to, from, to, {
    ...{ callId, cseq, fromTag, routeSet, viaHost },
  });
  message.branch = branch;
  return new Promise((resolve) => {
    const done = () => resolve();
    agent.core.request(message, { onAccept: done, onReject: done, onRedirect: done });
  });
}
