import { createHash } from 'node:crypto';
import type { Core } from 'sip.js';
import { METHODS, sdpOf } from './agent.ts';

const ALLOW = `Allow: ${METHODS}`;
/** Requests that belong to a dialog or a transaction, which there is none of. */
const OF_A_DIALOG: ReadonlySet<string> = new Set(['BYE', 'PRACK', 'UPDATE', 'INFO', 'NOTIFY']);

/**
 * Answers what comes outside of dialogs, without keeping anything of it (RFC 3261 section 8.2.7): nobody calls this
 * node, and whoever asks whether it lives is told.
 * @returns false where there is something to be done: within a dialog, and for CANCEL
 */
export function refuseOutsideDialog(core: Core.UserAgentCore, message: Core.IncomingRequestMessage): boolean {
  if (message.toTag || message.method === 'CANCEL') return false;
  if (message.method === 'ACK') return true;
  // the answer to a repetition must be the same one
  const toTag = createHash('sha256')
    .update(`${message.callId} ${message.viaBranch}`)
    .digest('hex')
    .slice(0, 16);
  const { statusCode, extraHeaders } = answerTo(message.method);
  core.replyStateless(message, { statusCode, toTag, extraHeaders });
  return true;
}

/**
 * UPDATE while the phone still rings (RFC 3311 section 5.2): what changes nothing is agreed to, a new description would
 * have to be carried to the other leg, and the answer brings one anyway.
 */
export function refuseEarlyUpdate(
  core: Core.UserAgentCore,
  message: Core.IncomingRequestMessage,
  headers: readonly string[],
): void {
  const rings = core.dialogs.has(`${message.callId}${message.toTag}${message.fromTag}`);
  const accepted = rings ? (sdpOf(message) === undefined ? 200 : 488) : 481;
  core.replyStateless(message, { statusCode: accepted, extraHeaders: [...headers] });
}

function answerTo(method: string): { readonly statusCode: number; readonly extraHeaders: string[] } {
  if (method === 'OPTIONS') return { statusCode: 200, extraHeaders: [ALLOW, 'Accept: application/sdp'] };
  if (method === 'INVITE') return { statusCode: 403, extraHeaders: [] };
  if (OF_A_DIALOG.has(method)) return { statusCode: 481, extraHeaders: [] };
  return { statusCode: 405, extraHeaders: [ALLOW] };
}
