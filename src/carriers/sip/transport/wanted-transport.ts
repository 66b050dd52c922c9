import type { Protocol } from './locator.ts';
import { readField, splitMessage } from './message-text.ts';

/** The transport that a SIP URI asks for: `tls` for sips: (RFC 3261 section 26.2.2), else what its parameter says. */
export function transportOf(uri: string): string | undefined {
  const bare = uri.replace(/^(sips?:)[^@>\s]*@/i, '$1');
  if (/^sips:/i.test(bare)) return 'tls';
  return /;transport=([^;?\s]+)/i.exec(bare)?.[1]?.toLowerCase();
}

/** The host of a SIP URI, with its port where there is one. */
export function hostOf(uri: string): string {
  return uri.replace(/^sips?:(?:[^@]*@)?/i, '').replace(/[;?].*/, '');
}

/**
 * Sees that a request does not leave by another transport than its next hop asks for, nor for all to read where the
 * address that it is for asks for TLS, whatever is between. Not for requests of a dialog: they follow what began it.
 * @throws Error that names the host
 */
export function checkTransport(raw: string, protocol: Protocol): void {
  const { head } = splitMessage(raw);
  const target = /^\S+ (\S+)/.exec(head)?.[1] ?? '';
  const route = /<([^>]*)>/.exec(readField(head, 'Route') ?? '')?.[1];
  const ofTarget = transportOf(target);
  for (const [uri, wanted] of [
    [target, route === undefined || ofTarget === 'tls' ? ofTarget : undefined],
    [route ?? '', transportOf(route ?? '')],
  ] as const) {
    if (wanted === undefined || wanted === protocol) continue;
    throw new Error(
      `${hostOf(uri)} is to be called over ${wanted} (sips: or transport=), but SIP_LISTEN is ${protocol}:`,
    );
  }
}
