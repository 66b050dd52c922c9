import { type Core, NameAddrHeader } from '../../vendor/sip.js/index.js';
import { readUri } from './message-parts.ts';

/** Responses whose Contact comes from `completeTarget`. */
const completed = new WeakSet<Core.IncomingMessage>();

const TARGET_FIELDS = /\r\n(?:Contact|m|Record-Route)[ \t]*:[^\r\n]*/gi;

/** Removes the address of the phone from a response, in case only the address cannot be parsed. */
export function withoutTarget(raw: string): string {
  return raw.replace(TARGET_FIELDS, '');
}

/**
 * Adds a missing Contact to a 2xx: the called address, so that the response can be acknowledged and the leg ended. sip.js drops a 2xx
 * without a readable Contact, and the call would wait forever.
 */
export function completeTarget(core: Core.UserAgentCore, message: Core.IncomingResponseMessage): void {
  const client = core.userAgentClients.get(`${message.viaBranch}INVITE`);
  if (client === undefined || message.method !== 'INVITE' || !/^2/.test(String(message.statusCode))) return;
  if (message.parseHeader('contact') instanceof NameAddrHeader) return;
  const target = new NameAddrHeader(client.message.ruri, '', {});
  message.headers['Contact'] = [{ raw: target.toString(), parsed: target }];
  completed.add(message);
}

/** Whether the phone sent its address, in a form that another process can read from the database. */
export function isReachable(session: Core.SessionDialog, answer: Core.IncomingMessage): boolean {
  try {
    readUri(session.remoteTarget.toRaw());
  } catch {
    return false;
  }
  return !completed.has(answer) && !session.routeSet.some((route) => /\p{Cc}/u.test(route));
}
