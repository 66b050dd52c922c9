import { createHash } from 'node:crypto';
import type { Core } from '../../vendor/sip.js/index.js';
import { readField, type Summary, splitMessage } from '../transport/message-text.ts';
import { METHODS, sdpOf } from './message-parts.ts';

const ALLOW = `Allow: ${METHODS}`;
/** Requests that need a dialog or a transaction. */
const DIALOG_METHODS: ReadonlySet<string> = new Set(['BYE', 'CANCEL', 'PRACK', 'UPDATE', 'INFO', 'NOTIFY']);

/**
 * Whether a message belongs to a transaction or a dialog of this node. Other messages are not parsed, because anyone could keep the
 * parser busy.
 */
export function isExpected(core: Core.UserAgentCore, summary: Summary): boolean {
  const { status, branch, method, callId, toTag, fromTag } = summary;
  if (status !== undefined) return core.userAgentClients.has(branch + method);
  if (core.userAgentServers.has(branch)) return true;
  return toTag !== undefined && core.dialogs.has(`${callId}${toTag}${fromTag ?? ''}`);
}

/**
 * The stateless response to an unexpected request (RFC 3261 section 8.2.7). This node accepts no calls. It answers OPTIONS, with which
 * peers check whether it is alive.
 * @returns undefined for responses and ACK, which get no answer
 */
export function answerUnexpected(raw: string, summary: Summary): string | undefined {
  const { status, method, callId, branch, toTag } = summary;
  if (status !== undefined || method === 'ACK') return undefined;
  const { head } = splitMessage(raw);
  // a retransmitted request must get the same response
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
 * Answers UPDATE while the phone rings (RFC 3311 section 5.2). Accepts it without a description, because it then changes nothing.
 * Refuses a new description, which would have to go to the other leg; the phone's answer has one anyway.
 */
export function answerEarlyUpdate(
  core: Core.UserAgentCore,
  message: Core.IncomingRequestMessage,
  headers: readonly string[],
): void {
  const rings = core.dialogs.has(`${message.callId}${message.toTag}${message.fromTag}`);
  const statusCode = rings ? (sdpOf(message) === undefined ? 200 : 488) : 481;
  core.replyStateless(message, { statusCode, extraHeaders: [...headers] });
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
  if (DIALOG_METHODS.has(method)) return NO_DIALOG;
  return { answer: '405 Method Not Allowed', headers: [ALLOW] };
}
