import { createHash } from 'node:crypto';
import type { Core } from 'sip.js';
import { readField, type Summary, splitMessage } from '../transport/message-text.ts';
import { METHODS, sdpOf } from './agent.ts';

const ALLOW = `Allow: ${METHODS}`;
/** Requests that belong to a dialog or a transaction, which there is none of. */
const OF_A_DIALOG: ReadonlySet<string> = new Set(['BYE', 'CANCEL', 'PRACK', 'UPDATE', 'INFO', 'NOTIFY']);

/**
 * Whether a message is for a transaction or a dialog of this node. All others are not worth the parser, whose time any
 * stranger could take up.
 */
export function isExpected(core: Core.UserAgentCore, summary: Summary): boolean {
  const { status, branch, method, callId, toTag, fromTag } = summary;
  if (status !== undefined) return core.userAgentClients.has(branch + method);
  if (core.userAgentServers.has(branch)) return true;
  return toTag !== undefined && core.dialogs.has(`${callId}${toTag}${fromTag ?? ''}`);
}

/**
 * The answer to what is not expected, of which nothing is kept (RFC 3261 section 8.2.7): nobody calls this node, and
 * whoever asks whether it lives is told.
 * @returns undefined where there is none: to responses, and to ACK
 */
export function answerToStranger(raw: string, summary: Summary): string | undefined {
  const { status, method, callId, branch, toTag } = summary;
  if (status !== undefined || method === 'ACK') return undefined;
  const { head } = splitMessage(raw);
  // the answer to a repetition must be the same one
  const tag = createHash('sha256').update(`${callId} ${branch}`).digest('hex').slice(0, 16);
  const { answer, headers } = toTag === undefined ? answerTo(method) : NO_DIALOG;
  return [
    `SIP/2.0 ${answer}`,
    ...head.split('\r\n').filter((line) => /^(?:Via|v)[ \t]*:/i.test(line)),
    `From: ${readField(head, 'From|f')}`,
    `To: ${readField(head, 'To|t')}${toTag === undefined ? `;tag=${tag}` : ''}`,
    `Call-ID: ${callId}`,
    `CSeq: ${readField(head, 'CSeq')}`,
    ...headers,
    ...['Content-Length: 0', '', ''],
  ].join('\r\n');
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

interface StatelessAnswer {
  readonly answer: string;
  readonly headers: readonly string[];
}

const NO_DIALOG: StatelessAnswer = { answer: '481 Call/Transaction Does Not Exist', headers: [] };

function answerTo(method: string): StatelessAnswer {
  if (method === 'OPTIONS')
    return { answer: '200 OK', headers: [ALLOW, 'Accept: application/sdp', 'Supported: timer'] };
  if (method === 'INVITE') return { answer: '403 Forbidden', headers: [] };
  if (OF_A_DIALOG.has(method)) return NO_DIALOG;
  return { answer: '405 Method Not Allowed', headers: [ALLOW] };
}
