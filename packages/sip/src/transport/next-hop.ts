import { isIPv6 } from 'node:net';
import { hostOf, transportOf } from '../uri.ts';
import { readField, splitMessage } from './message-text.ts';

export type Protocol = 'udp' | 'tcp' | 'tls';

/** Where a message goes next: an address, or a name to look up. */
export interface Hop {
  /** An IPv6 address without brackets. */
  readonly host: string;
  /** Undefined: the port of the name's records, or the default port of the protocol. */
  readonly port: number | undefined;
}

const SIP_URI = /sips?:(?:[^@>\s;?]*@)?(\[[^\]\s]+\]|[^:;>\s?,]+)(?::(\d{1,5}))?/i;

/**
 * The next hop of a request: its topmost Route, otherwise its Request-URI (RFC 3261 section 8.1.2; loose routing only).
 * @throws Error if neither is a SIP URI
 */
export function nextHopOf(raw: string): Hop {
  const { head } = splitMessage(raw);
  const target = readField(head, 'Route') ?? head.slice(0, head.indexOf('\r\n'));
  const hop = hopOf(SIP_URI.exec(target));
  if (hop === undefined) throw new Error('neither Route nor Request-URI names a SIP host');
  return hop;
}

/**
 * Checks that a request may leave over this protocol: neither its next hop nor its Request-URI may require another one.
 * Behind a proxy, a Request-URI that requires TLS still refuses every other protocol. Not for requests of a dialog, which
 * follow the one that began it.
 * @throws Error that names the host
 */
export function checkProtocol(raw: string, protocol: Protocol): void {
  const { head } = splitMessage(raw);
  const target = /^\S+ (\S+)/.exec(head)?.[1] ?? '';
  const route = /<([^>]*)>/.exec(readField(head, 'Route') ?? '')?.[1];
  const ofTarget = transportOf(target);
  for (const [uri, required] of [
    [target, route === undefined || ofTarget === 'tls' ? ofTarget : undefined],
    [route ?? '', transportOf(route ?? '')],
  ] as const) {
    if (required === undefined || required === protocol) continue;
    throw new Error(
      `${hostOf(uri)} requires ${required} (sips: or transport=), but this node uses ${protocol}`,
    );
  }
}

const SENT_BY = /^SIP\s*\/\s*2\.0\s*\/\s*\w+\s+(\[[^\]\s]+\]|[^:;\s,]+)(?:\s*:\s*(\d{1,5}))?/i;

/**
 * Where a response goes, by the topmost Via of its request as `stampVia` completed it.
 * @throws Error if the Via names no host
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
 * Writes into the topmost Via where a request came from (RFC 3261 section 18.2.1): the response carries the Via back, and
 * is sent there.
 * @param always fills in `rport` even if the peer did not ask for it (RFC 3581): a connection is found by address and port
 */
export function stampVia(raw: string, address: string, port: number, always: boolean): string {
  return raw.replace(/(\r\n(?:Via|v)[ \t]*:[ \t]*)([^\r\n,]*)/i, (_, name: string, via: string) => {
    const requested = /;[ \t]*rport\b/i.test(via);
    const bare = via.replace(/;[ \t]*(?:received|rport)\b[^;]*/gi, '');
    return `${name}${bare.trimEnd()};received=${address}${requested || always ? `;rport=${port}` : ''}`;
  });
}

function hopOf(match: RegExpExecArray | null): Hop | undefined {
  const [, host, port] = match ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? undefined : Number(port) };
}

/** `host:port` as in Via and Contact. */
export function hostPort(host: string, port: number | undefined): string {
  const bracketed = isIPv6(host) ? `[${host}]` : host;
  return port === undefined ? bracketed : `${bracketed}:${port}`;
}
