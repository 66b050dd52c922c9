import { BlockList, isIP } from 'node:net';

/** Whether the host of a URL is in a list of `host` (any port) or `host:port`. */
export function isAllowedHost(url: URL, allowed: readonly string[]): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const host = url.hostname.replace(/\.$/, '');
  return allowed.includes(host) || allowed.includes(`${host}:${port}`);
}

/** Whether a host is a private address, or a name that is private by its form. */
export function isPrivateHost(hostname: string): boolean {
  if (isPrivateAddress(hostname)) return true;
  const host = hostname.replace(/\.$/, '');
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return false;
  return /(^|\.)(localhost|local|internal|home\.arpa)$/.test(host) || !host.includes('.');
}

/** Whether the host of a URL is an IP address that is not public. */
function isPrivateAddress(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return isIP(host) !== 0 && !isPublicAddress(host);
}

/** Azure serves metadata and secrets at this public address; other clouds use link-local addresses. */
const CLOUD_METADATA = '168.63.129.16';

/** Special-purpose addresses (RFC 6890 and the IANA registries). */
const SPECIAL = new BlockList();
for (const range of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...[
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.31.196.0/24',
    '192.52.193.0/24',
    '192.88.99.0/24',
    '192.168.0.0/16',
  ],
  `${CLOUD_METADATA}/32`,
  ...['192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
]) {
  const [network = '', prefix] = range.split('/');
  SPECIAL.addSubnet(network, Number(prefix), 'ipv4');
}
for (const range of ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']) {
  const [network = '', prefix] = range.split('/');
  SPECIAL.addSubnet(network, Number(prefix), 'ipv6');
}
const GLOBAL_UNICAST = new BlockList();
GLOBAL_UNICAST.addSubnet('2000::', 3, 'ipv6');

/** For IPv6: global unicast addresses, except those that embed an IPv4 address or lead into a tunnel. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !SPECIAL.check(address, 'ipv4');
  if (version === 6) return GLOBAL_UNICAST.check(address, 'ipv6') && !SPECIAL.check(address, 'ipv6');
  return false;
}
