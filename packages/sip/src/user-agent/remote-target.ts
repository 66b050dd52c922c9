import { type Core, NameAddrHeader } from '../../vendor/sip.js/index.js';
import { readUri } from './message-parts.ts';

/** Answers whose Contact was filled in by `completeTarget`. */
const completed = new WeakSet<Core.IncomingMessage>();

const TARGET_FIELDS = /\r\n(?:Contact|m|Record-Route)[ \t]*:[^\r\n]*/gi;

/** Removes what a phone says about its own address: if that cannot be parsed, the rest of an answer may be. */
export function withoutTarget(raw: string): string {
  return raw.replace(TARGET_FIELDS, '');
}

/**
 * sip.js drops a 2xx without a readable Contact, and the call would wait forever. The address that was called stands in,
 * so that the answer can be acknowledged and ended there.
 */
export function completeTarget(core: Core.UserAgentCore, message: Core.IncomingResponseMessage): void {
  const client = core.userAgentClients.get(`${message.viaBranch}INVITE`);
  if (client === undefined || message.method !== 'INVITE' || !/^2/.test(String(message.statusCode))) return;
  if (message.parseHeader('contact') instanceof NameAddrHeader) return;
  const target = new NameAddrHeader(client.message.ruri, '', {});
  message.headers['Contact'] = [{ raw: target.toString(), parsed: target }];
  completed.add(message);
}

/** Whether the phone says where it is, in a form that another process can read from the database. */
export function isReachable(session: Core.SessionDialog, answer: Core.IncomingMessage): boolean {
  try {
    readUri(session.remoteTarget.toRaw());
  } catch {
    return false;
  }
  return !completed.has(answer) && !session.routeSet.some((route) => /\p{Cc}/u.test(route));
}
