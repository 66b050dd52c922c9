import { isIPv4, isIPv6 } from 'node:net';
import type { HostPort, ListenAddress } from '@clicktocall/sip';
import { butNot, readInteger } from '../../platform/configuration/values.ts';

/** Reads `udp:127.0.0.1:5060`. @throws Error with one line that says what is wrong */
export function readListenAddress(text: string): ListenAddress {
  const [, protocol, rest = ''] = /^(udp|tcp|tls):(.+)$/.exec(text) ?? [];
  const { host, port } = rest === '' ? { host: '', port: undefined } : (readHostPort(rest) as HostPort);
  const address = host.replace(/^\[|\]$/g, '');
  if (protocol === undefined || port === undefined || !(isIPv4(address) || isIPv6(address)))
    throw new Error(
      `must be udp:, tcp: or tls:, an IP address and a port, such as udp:127.0.0.1:5060${butNot(text)}`,
    );
  return { protocol: protocol as ListenAddress['protocol'], host, port };
}

/** Reads `host` or `host:port`. @throws Error with one line that says what is wrong */
export function readHostPort(text: string | undefined): HostPort | undefined {
  if (text === undefined) return undefined;
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d+))?$/.exec(text) ?? [];
  if (host === undefined) throw new Error(`must be a host, or a host and a port${butNot(text)}`);
  return { host, port: port === undefined ? undefined : readInteger(port, 0, 65_535) };
}

/** Reads a SIP URI (RFC 3261 section 19.1), which may contain placeholders. @throws Error with one line that says what is wrong */
export function readSipUri(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!/^sips?:([^\s<>"@?]+@)?(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?(;[\w.{}-]+(=[\w.{}-]+)?)*$/.test(text))
    throw new Error(`must be a SIP address such as sip:pbx.example.com${butNot(text)}`);
  return text;
}
