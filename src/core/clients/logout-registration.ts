import { InvalidInput } from '../../platform/domain-error.ts';
import type { ClientMetadata } from './client.ts';
import { checkUris, type RedirectUriPolicy } from './redirect-uris.ts';

/** What a client may register for the sign-out of its users. */
export interface LogoutRegistration {
  /** Where users may return after they have signed out (OpenID Connect RP-Initiated Logout 1.0). */
  readonly postLogoutRedirectUris?: readonly string[] | undefined;
  /** The URL that gets logout tokens (OpenID Connect Back-Channel Logout 1.0). */
  readonly backchannelLogoutUri?: string | null | undefined;
  /** Whether logout tokens and ID tokens name the session (`sid`). */
  readonly backchannelLogoutSessionRequired?: boolean | undefined;
}

/** The rules for the URIs of clients. */
export interface UriRules {
  readonly redirectUriPolicy: RedirectUriPolicy;
  /** Checks a URL to which the server sends requests. @returns its canonical form @throws InvalidInput for `field` */
  checkReceiverUrl(url: string, field: string): string;
}

/** The names of the metadata of a `LogoutRegistration`. */
export const LOGOUT_METADATA = [
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'backchannel_logout_session_required',
] as const;

/** @returns the metadata of the registration, without what is not set @throws InvalidInput */
export function logoutMetadata(
  {
    postLogoutRedirectUris: uris = [],
    backchannelLogoutUri: uri,
    backchannelLogoutSessionRequired: sessionRequired = false,
  }: LogoutRegistration,
  { redirectUriPolicy, checkReceiverUrl }: UriRules,
): ClientMetadata {
  checkUris('postLogoutRedirectUris', uris, redirectUriPolicy);
  if (!uri && sessionRequired) {
    const field = 'backchannelLogoutSessionRequired';
    throw new InvalidInput(field, `${field} needs a backchannelLogoutUri.`);
  }
  return {
    ...(uris.length > 0 && { post_logout_redirect_uris: uris }),
    ...(uri && { backchannel_logout_uri: checkReceiverUrl(uri, 'backchannelLogoutUri') }),
    ...(sessionRequired && { backchannel_logout_session_required: true }),
  };
}

/** The registration of a client, as its metadata has it. */
export function logoutRegistrationOf(metadata: ClientMetadata): {
  readonly postLogoutRedirectUris: string[];
  readonly backchannelLogoutUri: string | null;
  readonly backchannelLogoutSessionRequired: boolean;
} {
  const [uris, uri, sessionRequired] = LOGOUT_METADATA.map((name) => metadata[name]);
  return {
    postLogoutRedirectUris: Array.isArray(uris) ? uris : [],
    backchannelLogoutUri: typeof uri === 'string' ? uri : null,
    backchannelLogoutSessionRequired: sessionRequired === true,
  };
}
