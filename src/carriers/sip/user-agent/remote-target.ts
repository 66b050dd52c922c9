import { type Core, NameAddrHeader } from 'sip.js';
import { readUri } from './agent.ts';

const homeless = new WeakSet<Core.IncomingMessage>();

const ADDRESSES = /\r\n(?:Contact|m|Record-Route)[ \t]*:[^\r\n]*/gi;

/** Without what a phone says of its own address: the rest of an answer that cannot be read may be readable. */
export function withoutTarget(raw: string): string {
  return raw.replace(ADDRESSES, '');
}

/**
 * A 2xx without a Contact that can be read is dropped by sip.js, and the call would wait for ever: it counts as an answer
 * from where the phone was called, so that it can be acknowledged and ended there.
 */
export function completeTarget(core: Core.UserAgentCore, message: Core.IncomingResponseMessage): void {
  const client = core.userAgentClients.get(`${message.viaBranch}INVITE`);
  if (client === undefined || message.method !== 'INVITE' || !/^2/.test(String(message.statusCode))) return;
  if (message.parseHeader('contact') instanceof NameAddrHeader) return;
  const target = new NameAddrHeader(client.message.ruri, '', {});
  // parsed already, as all that may occur several times
  message.headers['Contact'] = [{ raw: target.toString(), parsed: target }];
  homeless.add(message);
}

/** Whether this process, and another one that reads it from the database, can send to where the phone says it is. */
export function isReachable(session: Core.SessionDialog, answer: Core.IncomingMessage): boolean {
  try {
    readUri(session.remoteTarget.toRaw());
  } catch {
    return false;
  }
  return !homeless.has(answer) && !session.routeSet.some((route) => /\p{Cc}/u.test(route));
}
