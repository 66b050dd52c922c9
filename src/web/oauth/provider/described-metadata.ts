import { type ClientMetadata, errors } from 'oidc-provider';
import { originsOf, RESPONSE_MODES } from '../../../core/clients/registration.ts';
import { SCOPE_ADMIN, scopes } from '../../../core/tokens/access-token.ts';

/** A user stands behind all that such a client may do, because its identity is not verified. */
const GRANT_TYPES = ['authorization_code', 'refresh_token'];
/** A document is public, so it has no secret. */
const AUTH_METHODS = ['none', 'private_key_jwt'];

/**
 * Narrows the metadata of a document to what this server offers such clients. A document is written for many servers, so what it
 * asks for beyond that is left out. Use `addOrigins` after the metadata is checked.
 */
export function narrowDescription(metadata: ClientMetadata): void {
  metadata.grant_types = choose(metadata.grant_types, 'grant_types', GRANT_TYPES, 'authorization_code');
  metadata.response_types = choose(metadata.response_types, 'response_types', ['code'], 'code');
  metadata.scope = withoutAdministration(metadata.scope);
  if (metadata.client_name !== undefined) metadata.client_name = replaceQuotationMarks(metadata.client_name);
  metadata['response_modes'] = choose(metadata['response_modes'], 'response_modes', RESPONSE_MODES);
  if (!AUTH_METHODS.includes(String(metadata.token_endpoint_auth_method)))
    refuse(`token_endpoint_auth_method must be ${AUTH_METHODS.join(' or ')}`);
}

/** An administrator trusts an application with the server only after someone has registered it. */
function withoutAdministration(scope: string | undefined): string {
  const wanted = scope?.split(' ') ?? Object.keys(scopes);
  const left = wanted.filter((each) => each !== SCOPE_ADMIN);
  if (left.length === 0)
    refuse('scope must contain another scope than admin, which this server does not give to such clients');
  return left.join(' ');
}

/**
 * Quotation marks, and what looks like them: accents, primes and ornaments. Two apostrophes look like one quotation mark, so a run of
 * them counts.
 */
const QUOTATION_MARKS =
  /[\p{Quotation_Mark}`´\u02B9-\u02BD\u02DD\u02EE\u02F5\u02F6\u2032-\u2037\u2057\u275B-\u2760\u3003]+/gu;

/** Pages show the name between quotation marks, which it must not end itself. */
export function replaceQuotationMarks(name: string): string {
  return name.replace(QUOTATION_MARKS, "'");
}

/** Adds the origins of the redirect URIs, which a registration stores. */
export function addOrigins(metadata: ClientMetadata): void {
  metadata['origins'] = originsOf(metadata.redirect_uris ?? [], (metadata['origins'] ?? []) as string[]);
}

/** @param required one that must be among the chosen; by default, any */
function choose<T extends string>(value: unknown, name: string, offered: readonly T[], required?: T): T[] {
  const chosen = Array.isArray(value) ? offered.filter((each) => value.includes(each)) : [];
  if (required === undefined ? chosen.length === 0 : !chosen.includes(required))
    refuse(`${name} must contain ${required ?? offered.join(' or ')}`);
  return chosen;
}

function refuse(description: string): never {
  throw new errors.InvalidClientMetadata(description);
}
