import { isIP } from 'node:net';

/**
 * Reads keys as ENCRYPTION_KEY has them.
 * @throws Error that does not repeat what was given, which may be most of a key
 */
export function readEncryptionKeys(text: string): readonly Buffer[] {
  const keys = text.split(',').map((key) => key.trim());
  if (keys.some((key) => !/^[A-Za-z0-9+/]{43}=$/.test(key))) {
    throw new Error(
      'must be 32 bytes in base64, or several separated by commas; make one with openssl rand -base64 32',
    );
  }
  return keys.map((key) => Buffer.from(key, 'base64'));
}

/** Reads `host` and `host:port`, separated by commas, in lower case. */
export function readHosts(text: string | undefined): readonly string[] {
  const names = text?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
  const wrong = names.find((name) => URL.parse(`http://${name}`)?.host !== name.replace(/:80$/, ''));
  if (wrong !== undefined) throw new Error(`must be host or host:port, separated by commas, not "${wrong}"`);
  return names;
}

/** Reads `true`, `false`, or addresses and networks separated by commas. */
export function readTrustedProxies(text = 'false'): boolean | string[] {
  if (text === 'true' || text === 'false') return text === 'true';
  const networks = text.split(',').map((network) => network.trim());
  const wrong = networks.find((network) => !isNetwork(network));
  if (wrong !== undefined) throw new Error(`must be true, false, or addresses and networks, not "${wrong}"`);
  return networks;
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
