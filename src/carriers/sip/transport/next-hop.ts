import { isIPv6 } from 'node:net';
import { readField, splitMessage } from './message-text.ts';

/** Where a message goes: an address, or a name to be looked up. */
export interface Hop {
  /** Without brackets where it is an IPv6 address. */
  readonly host: string;
  /** Undefined: what the name's records say, or the protocol's own. */
  readonly port: number | undefined;
}

const SIP_URI = /sips?:(?:[^@>\s;?]*@)?(\[[^\]\s]+\]|[^:;>\s?,]+)(?::(\d{1,5}))?/i;

/**
 * The next hop of a request: its topmost Route, else its Request-URI (RFC 3261 section 8.1.2; loose routing only).
 * @throws Error where neither is a SIP URI
 */
export function nextHopOf(raw: string): Hop {
  const { head } = splitMessage(raw);
  const target = readField(head, 'Route') ?? head.slice(0, head.indexOf('\r\n'));
  const hop = hopOf(SIP_URI.exec(target));
  if (hop === undefined) throw new Error('neither Route nor Request-URI names a SIP host');
  return hop;
}

const SENT_BY = /^SIP\s*\/\s*2\.0\s*\/\s*\w+\s+(\[[^\]\s]+\]|[^:;\s,]+)(?:\s*:\s*(\d{1,5}))?/i;

/**
 * Where a response goes, by the topmost Via that the request came with and that `stampVia` completed.
 * @throws Error where the Via names no host
 */
export function responseHopOf(raw: string): Hop {
  const via = (readField(splitMessage(raw).head, 'Via|v') ?? '').split(',')[0] ?? '';
  const sentBy = hopOf(SENT_BY.exec(via));
  if (sentBy === undefined) throw new Error('Via names no host');
  const received = /;\s*received\s*=\s*([^\s;]+)/i.exec(via)?.[1];
  const port = /;\s*rport\s*=\s*(\d{1,5})/i.exec(via)?.[1];
  return { host: received ?? sentBy.host, port: port === undefined ? sentBy.port : Number(port) };
}

/**
 * Writes into the topmost Via where a request really came from (RFC 3261 section 18.2.1): the response, which carries
 * the Via back, then finds its way. `rport` is filled in where it was asked for (RFC 3581) or where `always`: a
 * connection is found again by both.
 */
export function stampVia(raw: string, address: string, port: number, always: boolean): string {
  return raw.replace(/(\r\n(?:Via|v)[ \t]*:[ \t]*)([^\r\n,]*)/i, (_, name: string, via: string) => {
    const asked = /;[ \t]*rport\b/i.test(via);
    const bare = via.replace(/;[ \t]*(?:received|rport)\b[^;]*/gi, '');
    return `${name}${bare.trimEnd()};received=${address}${asked || always ? `;rport=${port}` : ''}`;
  });
}

function hopOf(match: RegExpExecArray | null): Hop | undefined {
  const [, host, port] = match ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? undefined : Number(port) };
}

/** `host:port`, as it stands in Via and Contact. */
export function hostPort(host: string, port: number | undefined): string {
  const bracketed = isIPv6(host) ? `[${host}]` : host;
  return port === undefined ? bracketed : `${bracketed}:${port}`;
}
