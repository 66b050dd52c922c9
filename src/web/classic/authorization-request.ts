import type Provider from 'oidc-provider';
import { Type } from 'typebox';
import { SCOPE_CALL, scopes } from '../../core/tokens/access-token.ts';
import type { ErrorDeclaration } from '../../platform/declared-error.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import { codeOf } from '../../platform/http/errors/error-codes.ts';
import { SAMPLES } from '../representations/samples.ts';
import { GrantRefused, RedirectUriMismatch, ScopeRefused } from './authorization-errors.ts';
import { findClassicClient } from './classic-client.ts';

export const parameter = (example: string) =>
  Type.String({ minLength: 1, maxLength: 2048, examples: [example] });

/** The parameters of every step of the flows of 2012. */
export const authorizationParameters = {
  client_id: parameter('demo-classic'),
  response_type: parameter('code'),
  redirect_uri: parameter(SAMPLES.redirectUri),
  scope: parameter(SCOPE_CALL),
  state: Type.Optional(parameter('af0ifjsldkj')),
};

/** The parameters of the next step: hidden fields of a form for browsers, JSON for programs. */
export const CarriedParameters = Type.Object(authorizationParameters, {
  description: 'The same parameters, to send with the next request. A browser gets a form.',
});

export interface AuthorizationRequest {
  readonly client_id: string;
  readonly response_type: string;
  readonly redirect_uri: string;
  readonly scope: string;
  readonly state?: string;
}

export interface CheckedClient {
  readonly id: string;
  /** For display. */
  readonly name: string;
}

/** @throws InvalidInput, ClientUnknown (also for a client that is not classic), RedirectUriMismatch, ScopeRefused */
export async function checkAuthorizationRequest(
  provider: Provider,
  request: AuthorizationRequest,
): Promise<CheckedClient> {
  if (request.response_type !== 'code' && request.response_type !== 'token') {
    throw new InvalidInput('response_type', 'response_type must be code or token.');
  }
  const client = await findClassicClient(provider, request.client_id);
  const { redirect_uri: redirectUri } = request;
  if (!client.redirectUriAllowed(redirectUri))
    throw new RedirectUriMismatch(client.redirectUris?.includes(redirectUri) === true);
  if (!isClassicScope(request.scope)) throw new ScopeRefused(errorAddress(request, ScopeRefused.declaration));
  return { id: client.clientId, name: client.clientName ?? client.clientId };
}

/** The parameters in the documented order, without other fields of the form. */
export function carriedParameters(request: AuthorizationRequest): Record<string, string> {
  const { client_id, response_type, redirect_uri, scope, state } = request;
  return { client_id, response_type, redirect_uri, scope, ...(state !== undefined && { state }) };
}

/** The next step of the flow, with the same parameters. */
export function addressWith(path: string, request: AuthorizationRequest): string {
  return `${path}?${new URLSearchParams(carriedParameters(request))}`;
}

/**
 * The server of 2012 ignored the scope. Its only one was `call`, which unknown scopes mean here. An application that requests another
 * known scope expects less, or more, than that.
 */
function isClassicScope(scope: string): boolean {
  return scope.split(' ').every((each) => each === SCOPE_CALL || !Object.hasOwn(scopes, each));
}

export function refusalAddress(request: AuthorizationRequest): string {
  return errorAddress(request, GrantRefused.declaration);
}

/** The redirect URI with the error for the application (RFC 6749 sections 4.1.2.1 and 4.2.2.1). */
function errorAddress(
  { redirect_uri, response_type, state }: AuthorizationRequest,
  declaration: ErrorDeclaration,
): string {
  const result = new URLSearchParams({
    error: codeOf(declaration, 'oauth'),
    ...(state !== undefined && { state }),
  });
  if (response_type === 'token') return `${redirect_uri}#${result}`;
  return `${redirect_uri}${redirect_uri.includes('?') ? '&' : '?'}${result}`;
}
