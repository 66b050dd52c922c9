import { type Core, NameAddrHeader } from '../../vendor/sip.js/index.js';

/** The extensions that a phone may require of this node (RFC 3261 section 8.2.2.3). */
const SUPPORTED = ['timer', '100rel'];

export interface Refusal {
  readonly statusCode: number;
  readonly extraHeaders: string[];
}

/** The required extensions that this node does not support. @param fields values of Require */
export function unsupported(fields: readonly string[]): string[] {
  const tags = fields.flatMap((field) => field.split(',')).map((tag) => tag.trim());
  return tags.filter((tag) => tag !== '' && !SUPPORTED.includes(tag.toLowerCase()));
}

/** Why a request within a dialog must be refused before it changes anything; undefined if it need not. */
export function refusalFor(message: Core.IncomingRequestMessage): Refusal | undefined {
  const { method } = message;
  if (method === 'ACK' || method === 'CANCEL') return undefined; // they get no such response
  const tags = unsupported(message.getHeaders('require'));
  if (tags.length > 0) return { statusCode: 420, extraHeaders: [`Unsupported: ${tags.join(', ')}`] };
  const refreshesTarget = method === 'INVITE' || (method === 'UPDATE' && message.hasHeader('contact'));
  if (refreshesTarget && !(message.parseHeader('contact') instanceof NameAddrHeader))
    return { statusCode: 400, extraHeaders: [] };
  return undefined;
}
