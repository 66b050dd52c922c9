import { isIPv6 } from 'node:net';
import type { Protocol } from './locator.ts';
import { openStream, type Pem, type StreamTrouble } from './stream-wire.ts';
import { openUdp } from './udp-wire.ts';
import type { Receive, Wire } from './wire.ts';

export interface ListenAt {
  readonly protocol: Protocol;
  /** An IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
}

export interface WireEvents extends StreamTrouble {
  readonly receive: Receive;
}

/** @throws Error where the address is taken, or a certificate cannot be read */
export function openWire({ protocol, host, port }: ListenAt, tls: Pem, events: WireEvents): Promise<Wire> {
  const address = host.replace(/^\[|\]$/g, '');
  if (protocol === 'udp') return openUdp(address, port, familyOf(host), events.receive);
  const pem = protocol === 'tls' ? tls : undefined;
  return openStream({ host: address, port }, pem, events.receive, events);
}

export function familyOf(host: string): 4 | 6 {
  return isIPv6(host.replace(/^\[|\]$/g, '')) ? 6 : 4;
}
