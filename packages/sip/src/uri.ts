/** The transport that a SIP URI requires: `tls` for sips: (RFC 3261 section 26.2.2), otherwise its parameter `transport`. */
export function transportOf(uri: string): string | undefined {
  const withoutUser = uri.replace(/^(sips?:)[^@>\s]*@/i, '$1');
  if (/^sips:/i.test(withoutUser)) return 'tls';
  return /;transport=([^;?\s]+)/i.exec(withoutUser)?.[1]?.toLowerCase();
}

/** The host of a SIP URI, with its port if it has one. */
export function hostOf(uri: string): string {
  return uri.replace(/^sips?:(?:[^@]*@)?/i, '').replace(/[;?].*/, '');
}
