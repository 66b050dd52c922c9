import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { isSupportedCountry } from 'libphonenumber-js/max';

/** Readers of environment variables. Each throws an Error that says which values are allowed. */

/**
 * The end of an error message: the invalid value, unless it may contain a password. Every URL with a password has an `@`, and
 * every key is in a file that has several lines.
 */
export function butNot(text: string): string {
  return /[@\n]/.test(text)
    ? ' (the value is not shown, because it may contain a secret)'
    : `, not "${text}"`;
}

/** Reads a whole number in a range. */
export function readInteger(text: string, min: number, max: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < min || number > max) {
    throw new Error(`must be a whole number from ${min} to ${max}${butNot(text)}`);
  }
  return number;
}

/** Reads one of the given values. */
export function readChoice<const T extends string>(text: string, values: readonly T[]): T {
  const value = values.find((each) => each === text);
  if (value === undefined) throw new Error(`must be one of ${values.join(', ')}${butNot(text)}`);
  return value;
}

/**
 * Reads the value of ENCRYPTION_KEY.
 * @throws Error without the text, which may contain most of a key
 */
export function readEncryptionKeys(text: string): readonly Buffer[] {
  const keys = text.split(',').map((key) => key.trim());
  if (keys.some((key) => !/^[A-Za-z0-9+/]{43}=$/.test(key))) {
    throw new Error(
      'must be 32 bytes in base64, or several separated by commas; create one with openssl rand -base64 32',
    );
  }
  return keys.map((key) => Buffer.from(key, 'base64'));
}

/** Reads `host` and `host:port`, separated by commas, in lower case. */
export function readHosts(text: string | undefined): readonly string[] {
  const names = text?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
  const invalid = names.find((name) => URL.parse(`http://${name}`)?.host !== name.replace(/:80$/, ''));
  if (invalid !== undefined)
    throw new Error(`must be host or host:port, separated by commas${butNot(invalid)}`);
  return names;
}

/** Reads `host`, `host:port`, `*.host` (its subdomains) and `*` (every host), separated by commas, in lower case. */
export function readHostPatterns(text: string | undefined): readonly string[] {
  const patterns = text?.split(',').map((pattern) => pattern.trim().toLowerCase()) ?? [];
  const invalid = patterns.find((pattern) => !isHostPattern(pattern));
  if (invalid !== undefined)
    throw new Error(`must be host, host:port, *.host or *, separated by commas${butNot(invalid)}`);
  return patterns;
}

function isHostPattern(pattern: string): boolean {
  const host = pattern.replace(/^\*(\.|(?=:|$))/, 'any$1');
  return !host.includes('*') && URL.parse(`https://${host}`)?.host === host.replace(/:443$/, '');
}

/** Reads `true`, `false`, or addresses and networks separated by commas. */
export function readTrustedProxies(text = 'false'): boolean | string[] {
  if (text === 'true' || text === 'false') return text === 'true';
  const networks = text.split(',').map((network) => network.trim());
  const invalid = networks.find((network) => !isNetwork(network));
  if (invalid !== undefined)
    throw new Error(`must be true, false, or addresses and networks${butNot(invalid)}`);
  return networks;
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** Reads a scheme, a host and optionally a port. @returns the origin without a trailing slash */
export function readOrigin(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new Error(
      `must be http:// or https://, a host and optionally a port, without a path${butNot(text)}`,
    );
  }
  return url.origin;
}

/**
 * A connection URI (RFC 3986) with one host, or with none for a Unix socket. A reserved character in a password would end the
 * user information early, and the rest of the password would become a host.
 */
const DATABASE_URL =
  /^postgres(ql)?:\/\/([^@/?#\s]*@)?(\[[0-9a-f:.]+\]|[^@/?#\s:,[\]]*)(:\d{1,5})?(\/[^@/?#\s]*)?(\?[^@#\s]*)?$/i;
const PORT_PARAMETER = /[?&]port=([^&]*)/;
const MAX_PORT = 65_535;

/** @throws Error without the text, which may contain a password */
export function readDatabaseUrl(text: string | undefined): string | undefined {
  if (text === undefined || isDatabaseUrl(text)) return text;
  throw new Error(
    'must be postgresql://user:password@host:port/database. Special characters in the user name and the password must be ' +
      'percent-encoded as UTF-8, such as %40 for @ (the value is not shown, because it may contain a password)',
  );
}

function isDatabaseUrl(text: string): boolean {
  const [all, , , host = '', port = ':0'] = DATABASE_URL.exec(text) ?? [];
  const ports = [port.slice(1), PORT_PARAMETER.exec(text)?.[1] ?? '0'];
  return (
    all !== undefined &&
    isDecodable(text) &&
    (host === '' || URL.canParse(`postgresql://${host}`)) &&
    ports.every((each) => /^\d{1,5}$/.test(each) && Number(each) <= MAX_PORT)
  );
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false; // a percent sign without two digits, or bytes that are not UTF-8
  }
}

/** Reads an ISO 3166 country code. */
export function readCountry(text: string | undefined) {
  const code = text?.toUpperCase();
  if (code === undefined || isSupportedCountry(code)) return code;
  throw new Error(`must be a two-letter country such as GB or US${butNot(text ?? '')}`);
}

/** Reads a bearer token. @throws Error without the token */
export function readToken(text: string | undefined): string | undefined {
  if (text === undefined || /^[\w.~+/-]{16,200}=*$/.test(text)) return text;
  throw new Error('must be at least 16 letters, digits and -._~+/ (the value is not shown)');
}

/** Reads a PEM file. @throws Error without the path: some set the content of the file instead */
export function readPem(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const content = contentOf(path);
  if (content.includes('-----BEGIN ')) return content;
  throw new Error('must be the path of a PEM file; the file is not one');
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(
      `must be the path of a PEM file, which cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}
