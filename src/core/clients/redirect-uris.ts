import { InvalidInput } from '../../platform/domain-error.ts';
import { isLoopbackHost } from '../../platform/loopback.ts';

export const MAX_REDIRECT_URIS = 20;
export const MAX_URI_LENGTH = 2048;

export interface RedirectUriPolicy {
  /** Whether `http:` may lead to other machines. */
  readonly allowHttp: boolean;
}

/**
 * Schemes that browsers and operating systems handle themselves, so no application can receive a response there. Applications may
 * choose a scheme of their own (RFC 8252 section 7.1); browser extensions receive responses at `chrome-extension:` and the like.
 */
const FOREIGN_SCHEMES: ReadonlySet<string> = new Set([
  ...[
    'about:',
    'blob:',
    'cid:',
    'content:',
    'data:',
    'feed:',
    'file:',
    'filesystem:',
    'ftp:',
    'ftps:',
    'gopher:',
  ],
  ...[
    'jar:',
    'javascript:',
    'jsc:',
    'livescript:',
    'mhtml:',
    'mocha:',
    'moz-icon:',
    'res:',
    'resource:',
    'urn:',
  ],
  ...['vbscript:', 'view-source:', 'ws:', 'wss:', 'wyciwyg:'],
  ...[
    'brave:',
    'chrome:',
    'chrome-error:',
    'chrome-search:',
    'chrome-untrusted:',
    'devtools:',
    'edge:',
    'opera:',
  ],
  ...['android-app:', 'intent:', 'itms:', 'itms-apps:', 'itms-services:', 'market:', 'shortcuts:'],
  ...[
    'callto:',
    'facetime:',
    'facetime-audio:',
    'geo:',
    'mailto:',
    'maps:',
    'mms:',
    'mmsto:',
    'sip:',
    'sips:',
    'sms:',
  ],
  ...['smsto:', 'tel:', 'webcal:', 'xmpp:'],
  ...[
    'afp:',
    'hcp:',
    'help:',
    'ldap:',
    'ldaps:',
    'mk:',
    'nfs:',
    'rdp:',
    'search:',
    'search-ms:',
    'sftp:',
    'shell:',
  ],
  ...['smb:', 'ssh:', 'telnet:', 'vnc:', 'x-apple.systempreferences:'],
]);
/** Windows and Office, such as `ms-settings:`. */
const FOREIGN_PREFIX = 'ms-';

/** Parameters that the server adds to the URI (RFC 6749 sections 4.1.2 and 4.2.2, RFC 9207). */
const RESPONSE_PARAMETERS =
  'code state iss error error_description error_uri access_token token_type expires_in id_token'.split(' ');

/** @throws InvalidInput naming the position of the first invalid URI */
export function checkRedirectUris(uris: readonly string[], policy: RedirectUriPolicy): void {
  const field = 'redirectUris';
  if (uris.length === 0) throw new InvalidInput(field, 'redirectUris must have at least one redirect URI.');
  checkUris(field, uris, policy);
}

const URI_NAMES = {
  redirectUris: 'Redirect URI',
  postLogoutRedirectUris: 'Post-logout redirect URI',
} as const;

/**
 * Checks URIs to which users are redirected.
 * @throws InvalidInput naming the position of the first invalid URI
 */
export function checkUris(
  field: keyof typeof URI_NAMES,
  uris: readonly string[],
  policy: RedirectUriPolicy,
): void {
  if (uris.length > MAX_REDIRECT_URIS)
    throw new InvalidInput(field, `${field} must have at most ${MAX_REDIRECT_URIS} redirect URIs.`);
  for (const [index, uri] of uris.entries()) {
    const problem = findRedirectUriProblem(uri, policy);
    if (problem !== undefined)
      throw new InvalidInput(`${field}[${index}]`, `${URI_NAMES[field]} ${index + 1} ${problem}.`);
  }
}

/**
 * Finds what is wrong with a redirect URI (RFC 6749 section 3.1.2, RFC 8252, RFC 9700 section 2.6). A URI is stored as it is
 * sent, because a client has to repeat it exactly. So only its normal form is accepted: all readers then read it alike.
 * @returns such as `must not contain a fragment`; undefined for a valid URI
 */
export function findRedirectUriProblem(uri: string, policy: RedirectUriPolicy): string | undefined {
  if (uri.trim() === '') return 'must not be blank';
  if (uri.length > MAX_URI_LENGTH) return `must have at most ${MAX_URI_LENGTH} characters`;
  if (/[\s\p{Cc}\p{Cf}]/u.test(uri)) return 'must not contain whitespace, control or invisible characters';
  if (uri.includes('\\')) return 'must not contain a backslash';
  if (uri.includes('*')) return 'must not contain *: wildcards are not supported';
  if (uri.includes('#')) return 'must not contain a fragment';
  const url = URL.parse(uri);
  if (!url) return 'must be an absolute URI, such as https://app.example/callback';
  if (FOREIGN_SCHEMES.has(url.protocol) || url.protocol.startsWith(FOREIGN_PREFIX))
    return `must not use the scheme ${url.protocol}`;
  if (url.username || url.password) return 'must not contain a user name or a password';
  const transportProblem = findTransportProblem(uri, policy);
  if (transportProblem !== undefined) return transportProblem;
  const reserved = RESPONSE_PARAMETERS.find((name) => url.searchParams.has(name));
  if (reserved !== undefined)
    return `must not contain the query parameter ${reserved}, which the server adds to responses`;
  if (!isNormalForm(uri, url)) return `must be in its normal form, which is ${url.href}`;
  return undefined;
}

/**
 * Finds whether a response would travel unencrypted to a redirect URI. This alone also holds for clients that are already
 * registered: the policy may have changed since.
 */
export function findTransportProblem(uri: string, { allowHttp }: RedirectUriPolicy): string | undefined {
  const url = URL.parse(uri);
  if (allowHttp || url?.protocol !== 'http:' || isLoopbackHost(url.hostname)) return undefined;
  return 'must use https: because responses would travel unencrypted; http: is only for localhost, 127.0.0.0/8 and [::1]';
}

const LOOPBACK_IP = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::\d+)?(?=[/?]|$)/;

/**
 * Whether a URI differs from a registered one in nothing but the port of a loopback IP address. An installed application receives
 * its response at a port that the system chooses, so the server must allow any (RFC 8252 section 7.3).
 */
export function differsInLoopbackPort(uri: string, registered: readonly string[]): boolean {
  const address = withoutLoopbackPort(uri);
  return address !== undefined && registered.some((each) => withoutLoopbackPort(each) === address);
}

/** @returns undefined for other URIs */
function withoutLoopbackPort(uri: string): string | undefined {
  if (!LOOPBACK_IP.test(uri) || !URL.canParse(uri)) return undefined;
  return uri.replace(LOOPBACK_IP, (origin) => origin.replace(/:\d+$/, ''));
}

/** The slash after the host may be missing, as in `https://app.example`. */
function isNormalForm(uri: string, { href }: URL): boolean {
  return uri === href || `${uri}/` === href;
}
