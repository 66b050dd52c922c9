import { InvalidInput } from '../../platform/domain-error.ts';
import { SCOPE_CALL } from '../tokens/access-token.ts';
import type { ClientMetadata } from './client.ts';
import type { LogoutRegistration } from './logout-registration.ts';
import { MAX_URI_LENGTH } from './redirect-uris.ts';

/** Web origins in addition to those of the redirect URIs. */
export const MAX_ORIGINS = 20;

/** Schemes of pages in browser extensions and of applications in a web view (`capacitor://localhost`), which have an origin. */
const APPLICATION_SCHEMES = ['chrome-extension:', 'moz-extension:', 'capacitor:'];
/** Their hosts are not normalized as those of `https:`, so only the normal form is an origin. */
const APPLICATION_ORIGIN = new RegExp(
  `^(?:${APPLICATION_SCHEMES.join('|')})//[a-z0-9.-]+(?::\\d+)?(?:[/?#]|$)`,
);

/** Response modes of the authorization endpoint, for all clients but the classic ones. */
export const RESPONSE_MODES = ['query', 'form_post'] as const;
/** For classic clients only. */
export const CLASSIC_RESPONSE_MODES = ['classic.code', 'classic.token'] as const;

/** The properties of a new client that an administrator chooses. */
export interface ClientRegistration extends LogoutRegistration {
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly classic?: boolean;
  /** Whether the client cannot keep a secret: a single-page or installed application. */
  readonly public?: boolean;
  /** Web origins allowed in addition to those of the redirect URIs. */
  readonly origins?: readonly string[];
}

/** Grant types by kind of client. Classic clients may use only those of the API of 2012, without refresh tokens, and its one scope. */
export function metadataOf({
  name,
  redirectUris,
  classic,
  public: isPublic,
  postLogoutRedirectUris = [],
}: ClientRegistration): ClientMetadata {
  const common = { client_name: name, redirect_uris: redirectUris };
  if (classic) {
    return {
      ...common,
      grant_types: ['authorization_code'],
      response_types: ['code', 'none'],
      response_modes: [...CLASSIC_RESPONSE_MODES],
      scope: SCOPE_CALL,
      token_endpoint_auth_method: 'client_secret_post',
    };
  }
  const device = 'urn:ietf:params:oauth:grant-type:device_code';
  return {
    ...common,
    ...([...redirectUris, ...postLogoutRedirectUris].some(isPrivateUse) && { application_type: 'native' }),
    grant_types: ['authorization_code', 'refresh_token', device, ...(isPublic ? [] : ['client_credentials'])],
    response_types: ['code'],
    token_endpoint_auth_method: isPublic ? 'none' : 'client_secret_basic',
  };
}

/** An installed application's own URI scheme (RFC 8252 section 7.1). */
function isPrivateUse(uri: string): boolean {
  const url = URL.parse(uri);
  return url !== null && !/^https?:$/.test(url.protocol);
}

/** The origins of the redirect URIs, and the additional ones. */
export function originsOf(redirectUris: readonly string[], further: readonly string[]): string[] {
  const problem = findOriginsProblem(further);
  if (problem !== undefined) throw new InvalidInput('origins', `origins ${problem}.`);
  const own = redirectUris.map(originOf).filter((origin) => origin !== undefined);
  return [...new Set([...own, ...further])];
}

/** @returns such as `must have at most 20 web origins`; undefined for a valid list */
export function findOriginsProblem(value: unknown): string | undefined {
  if (!Array.isArray(value) || !value.every(isOrigin))
    return `must be schemes with a host and, if needed, a port, such as https://app.example; the scheme must be one of http:, https:, ${APPLICATION_SCHEMES.join(', ')}`;
  return value.length > MAX_ORIGINS ? `must have at most ${MAX_ORIGINS} web origins` : undefined;
}

/** Whether a value has the form of the header Origin: a scheme, a host and optionally a port. */
function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_URI_LENGTH && originOf(value) === value;
}

/** The origin of pages at a URI, as browsers send it; undefined for a URI without one. */
function originOf(uri: string): string | undefined {
  const url = URL.parse(uri);
  if (url && /^https?:$/.test(url.protocol)) return url.origin;
  return url && APPLICATION_ORIGIN.test(uri) ? `${url.protocol}//${url.host}` : undefined;
}
