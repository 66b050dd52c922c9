import { type ClientMetadata, errors } from 'oidc-provider';
import { findNameProblem } from '../../../core/clients/client-name.ts';
import { isDocumentAddress } from '../../../core/clients/document-client.ts';
import { LOGOUT_METADATA } from '../../../core/clients/logout-registration.ts';
import {
  findRedirectUriProblem,
  MAX_REDIRECT_URIS,
  MAX_URI_LENGTH,
  type RedirectUriPolicy,
} from '../../../core/clients/redirect-uris.ts';
import {
  CLASSIC_RESPONSE_MODES,
  findOriginsProblem,
  RESPONSE_MODES,
} from '../../../core/clients/registration.ts';
import { checkSinkUrl } from '../../../core/events/deliveries/sink-url.ts';
import { scopes } from '../../../core/tokens/access-token.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { addOrigins, narrowDescription } from './described-metadata.ts';

/** Further metadata of clients that the provider passes on. Only administrators set all but `origins`. */
export const OWN_METADATA = ['classic', 'origins', 'assertion_audience', 'pkce_required'];

/** The metadata that this server uses (RFC 7591 section 2). The server ignores other metadata, as that section demands. */
const USED_METADATA: ReadonlySet<string> = new Set([
  ...OWN_METADATA,
  ...LOGOUT_METADATA,
  ...['application_type', 'client_id', 'client_id_issued_at', 'client_name', 'client_secret'],
  ...['client_secret_expires_at', 'client_uri', 'default_max_age', 'dpop_bound_access_tokens', 'grant_types'],
  ...['id_token_signed_response_alg', 'jwks', 'redirect_uris', 'require_auth_time'],
  ...['require_pushed_authorization_requests', 'response_modes', 'response_types', 'scope', 'subject_type'],
  ...['token_endpoint_auth_method', 'token_endpoint_auth_signing_alg'],
]);

const STRINGS = [
  'application_type',
  'client_name',
  'client_uri',
  'id_token_signed_response_alg',
  'scope',
  'subject_type',
  'token_endpoint_auth_method',
  'token_endpoint_auth_signing_alg',
];

/** Found in requests so that they are refused; storing a URL that is never read would only mislead. */
const REFUSED_METADATA = ['jwks_uri', 'sector_identifier_uri'];

const MAX_SCOPE_LENGTH = 1_000;
/** Of the key set as JSON; enough for ten RSA keys of 4,096 bits. */
const MAX_JWKS_LENGTH = 16_384;

/**
 * Checks the metadata of a client that registers itself, or that a document describes, in addition to the provider's own rules, and
 * drops what the server does not use. The provider calls this once for each of `OWN_METADATA`; only self-registration has a
 * context.
 */
export function createSelfRegistrationCheck(policy: RedirectUriPolicy, allowHosts: readonly string[]) {
  return (ctx: unknown, key: string, _value: unknown, metadata: ClientMetadata): void => {
    const described = isDocumentAddress(metadata.client_id ?? '');
    if ((ctx === undefined && !described) || key !== OWN_METADATA[0]) return;
    for (const name of Object.keys(metadata))
      if (!USED_METADATA.has(name) && !REFUSED_METADATA.includes(name)) delete metadata[name];
    checkStrings(metadata);
    if (described) narrowDescription(metadata);
    checkKind(metadata);
    checkTexts(metadata);
    checkUris(metadata, policy);
    checkLogoutUri(metadata, allowHosts);
    if (described) addOrigins(metadata);
  };
}

function checkStrings(metadata: ClientMetadata): void {
  const wrong = STRINGS.find((name) => {
    const value = metadata[name];
    return value !== undefined && (typeof value !== 'string' || value === '');
  });
  if (wrong !== undefined) refuse(`${wrong} must be a string with at least one character`);
}

function checkKind({
  classic,
  assertion_audience: audience,
  pkce_required: pkce,
  ...metadata
}: ClientMetadata): void {
  const classicModes: readonly unknown[] = CLASSIC_RESPONSE_MODES;
  const modes = listOf(metadata.response_modes);
  if (classic !== undefined || modes.some((mode) => classicModes.includes(mode)))
    refuse('only an administrator can register a classic client');
  if (!modes.every((mode) => RESPONSE_MODES.some((known) => known === mode)))
    refuse(`response_modes must be ${RESPONSE_MODES.join(' or ')}`);
  if (audience !== undefined) refuse('assertion_audience can only be set by an administrator');
  if (pkce !== undefined) refuse('pkce_required can only be set by an administrator');
  if (listOf(metadata.response_types).includes('none')) refuse('response_types must be code');
  if (REFUSED_METADATA.some((name) => metadata[name] !== undefined))
    refuse('jwks_uri and sector_identifier_uri are not supported: give the keys as jwks');
}

function checkTexts({
  client_name: name,
  scope,
  jwks,
  token_endpoint_auth_method: method,
}: ClientMetadata): void {
  const nameProblem = name === undefined ? undefined : findNameProblem(name);
  if (nameProblem !== undefined) refuse(`client_name ${nameProblem}`);
  if (scope !== undefined && scope.length > MAX_SCOPE_LENGTH)
    refuse(`scope must have at most ${MAX_SCOPE_LENGTH} characters`);
  if (scope?.split(' ').some((each) => !Object.hasOwn(scopes, each)))
    refuse('scope must only contain scopes of this server, with one space between them');
  if (method === 'private_key_jwt' && jwks === undefined)
    refuse('jwks must contain the public keys of a client that uses private_key_jwt');
  if (jwks !== undefined && JSON.stringify(jwks).length > MAX_JWKS_LENGTH)
    refuse(`jwks must have at most ${MAX_JWKS_LENGTH} characters`);
}

function checkUris(metadata: ClientMetadata, policy: RedirectUriPolicy): void {
  const { client_uri: clientUri, origins } = metadata;
  if (listOf(metadata.response_types).length > 0 && listOf(metadata.redirect_uris).length === 0)
    refuse('redirect_uris must be a list with at least one URI');
  // The provider answers invalid_redirect_uri if the description begins with the name of the field.
  for (const name of ['redirect_uris', 'post_logout_redirect_uris'] as const) {
    const uris = listOf(metadata[name]);
    if (uris.length > MAX_REDIRECT_URIS) refuse(`${name} must have at most ${MAX_REDIRECT_URIS} URIs`);
    for (const [index, uri] of uris.entries()) {
      const problem = typeof uri === 'string' ? findRedirectUriProblem(uri, policy) : 'must be a string';
      if (problem !== undefined) refuse(`${name}[${index}] ${problem}`);
    }
  }
  if (typeof clientUri === 'string' && clientUri.length > MAX_URI_LENGTH)
    refuse(`client_uri must have at most ${MAX_URI_LENGTH} characters`);
  const originsProblem = origins === undefined ? undefined : findOriginsProblem(origins);
  if (originsProblem !== undefined) refuse(`origins ${originsProblem}`);
}

function checkLogoutUri(metadata: ClientMetadata, allowHosts: readonly string[]): void {
  const { backchannel_logout_uri: uri, backchannel_logout_session_required: sessionRequired } = metadata;
  if (uri === undefined) {
    if (sessionRequired === true)
      refuse('backchannel_logout_session_required needs a backchannel_logout_uri');
    return;
  }
  if (typeof uri !== 'string') refuse('backchannel_logout_uri must be a string');
  try {
    metadata.backchannel_logout_uri = checkSinkUrl(uri, allowHosts, 'backchannel_logout_uri');
  } catch (error) {
    throw error instanceof InvalidInput
      ? new errors.InvalidClientMetadata(withoutFullStop(error.message))
      : error;
  }
}

/** A description of the provider is no sentence. */
function withoutFullStop(message: string): string {
  return message.replace(/\.$/, '');
}

/** The provider checks the types of its own metadata later. */
function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function refuse(description: string): never {
  throw new errors.InvalidClientMetadata(description);
}
