import { Core, type URI } from 'sip.js';
import { type Agent, readUri } from './agent.ts';
import type { SavedDialog } from './saved-leg.ts';

/** For requests that left after the dialog was last saved; gaps are allowed (RFC 3261 section 12.2.1.1). */
const SEQUENCE_MARGIN = 20;

/** Makes the dialog of another process one of this one. */
export function restoreDialog(agent: Agent, saved: SavedDialog): Core.SessionDialog {
  const { callId, localTag, remoteTag } = saved;
  const [localURI, remoteURI, remoteTarget] = [saved.localUri, saved.remoteUri, saved.remoteTarget].map(
    readUri,
  ) as [URI, URI, URI];
  const state: Core.DialogState = {
    ...{
      id: callId + localTag + remoteTag,
      early: false,
      callId,
      localTag,
      remoteTag,
      localURI,
      remoteURI,
      remoteTarget,
    },
    localSequenceNumber: saved.cseq + SEQUENCE_MARGIN,
    remoteSequenceNumber: undefined,
    routeSet: [...saved.routeSet],
    secure: false,
  };
  const request = agent.core.makeOutgoingRequestMessage('INVITE', remoteTarget, localURI, remoteURI, {});
  // The INVITE that made the dialog is long over. Of its transaction sip.js looks at the request, for a description,
  // and uses the rest only to acknowledge that INVITE, which has been done.
  const transaction = { request } as unknown as Core.InviteClientTransaction;
  return new Core.SessionDialog(transaction, agent.core, state);
}
