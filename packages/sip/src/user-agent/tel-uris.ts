import type { Core } from '../../vendor/sip.js/index.js';
import { splitMessage } from '../transport/message-text.ts';

/** The host that stands in for a telephone number. It is never contacted. */
const HOST = 'tel.invalid';
const NAMES = { f: 'From', t: 'To', from: 'From', to: 'To' } as const;
const REQUEST_URI = /^(\S+) tel:\S+ /i;
const FIELD = /^(From|f|To|t)([ \t]*:[ \t]*)(.*)$/gim;

/**
 * Replaces the `tel:` URIs (RFC 3966) of a request that sip.js cannot parse: the Request-URI by the address of this node, From and To by
 * SIP URIs (RFC 3261 section 19.1.6).
 */
export function withoutTelUris(raw: string, ownUri: string): string {
  const { head, body } = splitMessage(raw);
  const readable = head
    .replace(REQUEST_URI, (_, method: string) => `${method} ${ownUri} `)
    .replace(FIELD, (_, name: string, colon: string, value: string) => `${name}${colon}${sipUriIn(value)}`);
  return `${readable}\r\n\r\n${body}`;
}

function sipUriIn(value: string): string {
  return value
    .replace(/<tel:([^;>]+)([^>]*)>/i, `<sip:$1@${HOST}$2>`)
    .replace(/^tel:([^;\s]+)/i, `sip:$1@${HOST}`);
}

/** Restores From and To as the phone sent them, because the response must repeat them (RFC 3261 section 8.2.6.2). */
export function restoreFields(message: Core.IncomingRequestMessage, raw: string): void {
  for (const [, name = '', , value = ''] of splitMessage(raw).head.matchAll(FIELD)) {
    const field = message.headers[NAMES[name.toLowerCase() as keyof typeof NAMES]]?.[0];
    if (field !== undefined) field.raw = value;
  }
}
