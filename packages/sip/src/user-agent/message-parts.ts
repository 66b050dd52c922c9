import { randomUUID } from 'node:crypto';
import { type Core, Grammar, type URI } from '../../vendor/sip.js/index.js';
import { SipFailure } from './failure.ts';

/** The methods that a phone may send within a dialog. */
export const METHODS = 'ACK, BYE, CANCEL, INFO, INVITE, NOTIFY, OPTIONS, PRACK, UPDATE';

/**
 * For a Call-ID or a tag: globally unique, and impossible to guess (RFC 3261 section 19.3). Node.js draws the random bits of 128 UUIDs
 * at a time, which takes a quarter of the time of `randomBytes` for each token.
 */
export function randomToken(): string {
  return randomUUID().replaceAll('-', '');
}

/** @throws SipFailure 484 if it is not a SIP URI */
export function readUri(text: string): URI {
  const uri = /[\r\n<>]/.test(text) ? undefined : Grammar.URIParse(text);
  if (uri === undefined) throw new SipFailure(484, `not a SIP address: ${JSON.stringify(text)}`, true);
  return uri;
}

export function sdpBody(content: string): Core.Body {
  return { contentDisposition: 'session', contentType: 'application/sdp', content };
}

/** Undefined if the message has none that can be passed on, or a body of another type. */
export function sdpOf(message: Core.IncomingMessage): string | undefined {
  const type = message.getHeader('content-type') ?? '';
  return message.body && /^application\/sdp\b/i.test(type) && !hasControlCharacters(message)
    ? message.body
    : undefined;
}

/** Whether the body has characters that a description must not have (RFC 8866 section 5), and a database cannot store. */
export function hasControlCharacters({ body }: Core.IncomingMessage): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
  return /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(body ?? '');
}

/** The value of the header field Reason (RFC 3326). */
export function reasonValue({ cause, text }: { readonly cause: number; readonly text: string }): string {
  return `SIP;cause=${cause};text="${text.replace(/[\r\n"\\]/g, ' ')}"`;
}
