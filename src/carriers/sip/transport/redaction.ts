/**
 * A message as it may be logged: without the answers to digest challenges, which a password can be guessed from, and
 * without the keys of encrypted media (RFC 4568, and k= of RFC 4566).
 */
export function redact(raw: string): string {
  return raw
    .replace(/^((?:Proxy-)?Authorization[ \t]*:[ \t]*\S+).*(?:\r?\n[ \t].*)*$/gim, '$1 [redacted]')
    .replace(/^(a=crypto:\S+ \S+).*$/gim, '$1 [redacted]')
    .replace(/^k=.*$/gim, 'k=[redacted]');
}
