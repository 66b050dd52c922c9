import { setTimeout as sleep } from 'node:timers/promises';
import { Core } from 'sip.js';
import { type Agent, readUri } from './agent.ts';
import type { SavedInvitation, SavedTry } from './saved-leg.ts';
import { told } from './told.ts';

/**
 * CANCEL of all that another process may have sent of an INVITE, as that process would have sent it: same branch, sent-by
 * and Route (RFC 3261 section 9.1). What becomes of the INVITE that process would hear: a phone that answered
 * nevertheless gets no ACK, and gives up.
 * @returns whether one of them was heard
 */
export async function releaseInvitation(agent: Agent, saved: SavedInvitation): Promise<boolean> {
  const cancelled = saved.tries.map((each) => cancel(agent, saved, each));
  const one = Promise.any(cancelled.map(async (heard) => (await heard) || Promise.reject()));
  if (!(await one.catch(() => false))) return false;
  // a proxy says nothing to the CANCEL of what it refused without keeping anything of it
  await Promise.race([Promise.all(cancelled), sleep(Core.Timers.T2, undefined, { ref: false })]);
  return true;
}

function cancel(agent: Agent, saved: SavedInvitation, { cseq, branch }: SavedTry): Promise<boolean> {
  const [to, from] = [readUri(saved.remoteUri), readUri(saved.localUri)];
  const { callId, localTag: fromTag, sentBy: viaHost } = saved;
  const routeSet = [...saved.routeSet];
  const message = agent.core.makeOutgoingRequestMessage('CANCEL', to, from, to, {
    ...{ callId, cseq, fromTag, routeSet, viaHost },
  });
  message.branch = branch;
  return told((hear) => agent.core.request(message, hear));
}
