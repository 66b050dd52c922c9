import { isIP, isIPv6, SocketAddress } from 'node:net';

/** The prefix lengths of IPv6 networks that providers give away: to a connection, a site, an organization (RFC 6177). */
const IPV6_PREFIXES = [64, 56, 48] as const;

/** Some proxies add the port to an address, and brackets to an IPv6 address. */
const FORWARDED = /^(?:\[(?<bracketed>.+)\]|(?<plain>[\d.]+))(?::\d+)?$/;

/** Reads an address that a proxy may have written with its port. @returns undefined for another text */
export function readAddress(text: string): string | undefined {
  const { bracketed, plain } = FORWARDED.exec(text)?.groups ?? {};
  const address = bracketed ?? plain ?? text;
  return isIP(address) === 0 ? undefined : address;
}

/**
 * The networks that one attacker may control, the smallest first: an IPv4 address alone, or the /64, /56 and /48 of an IPv6
 * address, with or without a port. A trusted proxy may pass on a text that is not an address; all such texts count as one
 * network.
 */
export function networksOf(forwarded: string): readonly [string, ...string[]] {
  const ipAddress = readAddress(forwarded);
  if (ipAddress === undefined) return ['nowhere'];
  if (!isIPv6(ipAddress)) return [ipAddress];
  const { address } = new SocketAddress({ address: ipAddress, family: 'ipv6' });
  if (address.startsWith('::ffff:')) return [address.slice('::ffff:'.length)];
  const groups = groupsOf(address);
  const [smallest, ...larger] = IPV6_PREFIXES;
  return [networkOf(groups, smallest), ...larger.map((prefix) => networkOf(groups, prefix))];
}

/** The eight groups of an IPv6 address in canonical form. */
function groupsOf(address: string): number[] {
  const [left = '', right = ''] = address.split('::');
  const before = left.split(':').filter(Boolean);
  const after = right.split(':').filter(Boolean);
  const zeros = new Array(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}

/** @param prefix its length in bits, at most 64 */
function networkOf(groups: readonly number[], prefix: number): string {
  const masked = groups.slice(0, 4).map((group, index) => {
    const bits = Math.min(16, Math.max(0, prefix - 16 * index));
    return (group & (0xffff << (16 - bits)) & 0xffff).toString(16);
  });
  return `${masked.join(':')}::/${prefix}`;
}
