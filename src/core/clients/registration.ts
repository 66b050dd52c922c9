import { InvalidInput } from '../../platform/domain-error.ts';
import type { ClientMetadata } from './client-store.ts';

/** Response modes of the authorization endpoint, for classic clients only. */
export const CLASSIC_RESPONSE_MODES = ['classic.code', 'classic.token'] as const;

/** The properties of a new client that an administrator chooses. */
export interface ClientRegistration {
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly classic?: boolean;
  /** Whether the client cannot keep a secret: a single-page or installed application. */
  readonly public?: boolean;
  /** Web origins allowed in addition to those of the redirect URIs. */
  readonly origins?: readonly string[];
}

/** The authorization server checks redirect URIs further. @throws InvalidInput naming the URI */
export function checkRedirectUris(uris: readonly string[]): void {
  if (uris.length === 0)
    throw new InvalidInput('redirectUris', 'redirectUris must have at least one redirect URI.');
  const invalid = uris.find((uri) => !URL.canParse(uri) || uri.includes('#'));
  if (invalid !== undefined) {
    throw new InvalidInput(
      'redirectUris',
      `redirectUris must be absolute URIs without a fragment, not "${invalid.slice(0, 100)}".`,
    );
  }
}

/** Grant types by kind of client. Classic clients may use only those of the API of 2012, without refresh tokens. */
export function metadataOf({
  name,
  redirectUris,
  classic,
  public: isPublic,
}: ClientRegistration): ClientMetadata {
  const common = { client_name: name, redirect_uris: redirectUris };
  if (classic) {
    return {
      ...common,
      grant_types: ['authorization_code'],
      response_types: ['code', 'none'],
      response_modes: [...CLASSIC_RESPONSE_MODES],
      token_endpoint_auth_method: 'client_secret_post',
    };
  }
  const device = 'urn:ietf:params:oauth:grant-type:device_code';
  return {
    ...common,
    ...(redirectUris.some(isPrivateUse) && { application_type: 'native' }),
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
  if (!isListOfOrigins(further)) {
    throw new InvalidInput(
      'origins',
      'origins must be schemes with a host and, if needed, a port, such as https://app.example.',
    );
  }
  const own = redirectUris
    .map((uri) => URL.parse(uri)?.origin ?? '')
    .filter((origin) => /^https?:/.test(origin));
  return [...new Set([...own, ...further])];
}

/** Whether each value has the form of the header Origin: a scheme, a host and optionally a port. */
export function isListOfOrigins(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) && value.every((item) => /^https?:/.test(item) && URL.parse(item)?.origin === item)
  );
}
