import { createHash } from 'node:crypto';
import type { Core } from '../../vendor/sip.js/index.js';
import { readField, type Summary, splitMessage } from '../transport/message-text.ts';
import type { AgentContext } from './agent-context.ts';
import { METHODS, sdpOf } from './message-parts.ts';
import { unsupported } from './request-checks.ts';

const ALLOW = `Allow: ${METHODS}`;
/** RFC 3261 section 14.2 allows 10. */
const MAX_RETRY_AFTER_SECONDS = 4;
/** Requests that need a dialog or a transaction. */
const DIALOG_METHODS: ReadonlySet<string> = new Set(['BYE', 'CANCEL', 'PRACK', 'UPDATE', 'INFO', 'NOTIFY']);

/**
 * Whether a message belongs to a transaction or a dialog of this node. Other messages are not parsed, because anyone could keep the
 * parser busy.
 */
export function isExpected(
  { core, released }: Pick<AgentContext, 'core' | 'released'>,
  summary: Summary,
): boolean {
  const { status, branch, method, callId, toTag, fromTag } = summary;
  if (status !== undefined) {
    const isLateAnswer = method === 'INVITE' && status >= 200 && status < 300;
    return core.userAgentClients.has(branch + method) || (isLateAnswer && released.has(callId + fromTag));
  }
  if (core.userAgentServers.has(branch)) return true;
  return toTag !== undefined && core.dialogs.has(`${callId}${toTag}${fromTag ?? ''}`);
}

/**
 * The stateless response to an unexpected request (RFC 3261 section 8.2.7). This node accepts no calls. It answers OPTIONS, with which
 * peers check whether it is alive.
 * @returns undefined for responses and ACK, which get no answer
 */
export function answerUnexpected(raw: string, summary: Summary): string | undefined {
  const { status, method, toTag } = summary;
  if (status !== undefined || method === 'ACK') return undefined;
  return compose(raw, summary, toTag === undefined ? answerTo(method, raw) : NO_DIALOG);
}

/** The response to a request within a dialog that cannot be parsed. @returns undefined for responses and ACK, which get no answer */
export function answerUnreadable(raw: string, summary: Summary): string | undefined {
  if (summary.status !== undefined || summary.method === 'ACK') return undefined;
  return compose(raw, summary, { answer: '400 Bad Request', headers: [] });
}

/** Strangers cannot make this node look up more dialogs at a time. */
const MAX_LOOK_UPS = 50;

type LookUp = (callId: string, tag: string) => Promise<boolean>;

/** A dialog that cannot be looked up, or not now, may be one of an ongoing call: the phone must try again. */
export function limitLookUps(isOngoing: LookUp): LookUp {
  let inProgress = 0;
  return async (callId, tag) => {
    if (inProgress >= MAX_LOOK_UPS) return true;
    inProgress++;
    try {
      return await isOngoing(callId, tag);
    } catch {
      return true;
    } finally {
      inProgress--;
    }
  };
}

/** The response to a request within a dialog that a process is about to take over: the phone repeats it (RFC 3261 section 14.2). */
export function answerLater(raw: string, summary: Summary): string {
  const seconds = 1 + Math.floor(Math.random() * MAX_RETRY_AFTER_SECONDS);
  return compose(raw, summary, {
    answer: '500 Server Internal Error',
    headers: [`Retry-After: ${seconds}`],
  });
}

function compose(
  raw: string,
  { callId, branch, toTag }: Summary,
  { answer, headers }: StatelessAnswer,
): string {
  const { head } = splitMessage(raw);
  // a retransmitted request must get the same response
  const tag = createHash('sha256').update(`${callId} ${branch}`).digest('hex').slice(0, 16);
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

function answerTo(method: string, raw: string): StatelessAnswer {
  const tags = unsupported([readField(splitMessage(raw).head, 'Require') ?? '']);
  if (method === 'OPTIONS' && tags.length > 0)
    return { answer: '420 Bad Extension', headers: [`Unsupported: ${tags.join(', ')}`] };
  if (method === 'OPTIONS')
    return { answer: '200 OK', headers: [ALLOW, 'Accept: application/sdp', 'Supported: timer'] };
  if (method === 'INVITE') return { answer: '403 Forbidden', headers: [] };
  if (DIALOG_METHODS.has(method)) return NO_DIALOG;
  return { answer: '405 Method Not Allowed', headers: [ALLOW] };
}
