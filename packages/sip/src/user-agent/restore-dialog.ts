import { Core, type URI } from '../../vendor/sip.js/index.js';
import type { AgentContext } from './agent-context.ts';
import { readUri } from './message-parts.ts';
import type { SavedDialog } from './saved-leg.ts';
import { SEQUENCE_RANGE } from './sequence.ts';

/** The properties that identify a dialog and its next request. */
type DialogIdentity = Pick<
  SavedDialog,
  'callId' | 'localUri' | 'localTag' | 'remoteUri' | 'remoteTag' | 'remoteTarget' | 'routeSet' | 'cseq'
> &
  Partial<Pick<SavedDialog, 'remoteCseq'>>;

/** Restores the dialog of another process. Its requests have the last numbers up to `cseq`, which no other process uses. */
export function restoreDialog(agent: AgentContext, saved: DialogIdentity): Core.SessionDialog {
  const { callId, localTag, remoteTag } = saved;
  const [localURI, remoteURI, remoteTarget] = [saved.localUri, saved.remoteUri, saved.remoteTarget].map(
    readUri,
  ) as [URI, URI, URI];
  const state: Core.DialogState = {
    id: callId + localTag + remoteTag,
    early: false,
    callId,
    localTag,
    remoteTag,
    localURI,
    remoteURI,
    remoteTarget,
    localSequenceNumber: saved.cseq - SEQUENCE_RANGE,
    remoteSequenceNumber: saved.remoteCseq,
    routeSet: [...saved.routeSet],
    secure: false,
  };
  const request = agent.core.makeOutgoingRequestMessage('INVITE', remoteTarget, localURI, remoteURI, {});
  // sip.js requires the transaction of the INVITE that created the dialog, which is over. It looks for a description in the request,
  // and uses the rest only for the ACK, which was already sent.
  const transaction = { request } as unknown as Core.InviteClientTransaction;
  return new Core.SessionDialog(transaction, agent.core, state);
}
