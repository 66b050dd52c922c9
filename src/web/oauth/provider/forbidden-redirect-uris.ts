import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { findTransportProblem, type RedirectUriPolicy } from '../../../core/clients/redirect-uris.ts';
import { currentRequest } from './adapters/current-request.ts';

/** Why a request's redirect URI is refused, although its client has registered it. */
const problems = new WeakMap<object, string>();

/** Refuses redirect URIs that were registered while plain `http:` was allowed (ALLOW_HTTP_REDIRECTS), and says why. */
export function refuseForbiddenRedirectUris(provider: Provider, policy: RedirectUriPolicy): void {
  const { prototype } = provider.Client;
  const { redirectUriAllowed, postLogoutRedirectUriAllowed } = prototype;
  prototype.postLogoutRedirectUriAllowed = function isAllowed(uri: string) {
    return postLogoutRedirectUriAllowed.call(this, uri) && findTransportProblem(uri, policy) === undefined;
  };
  prototype.redirectUriAllowed = function isAllowed(uri: string) {
    if (!redirectUriAllowed.call(this, uri)) return false;
    const problem = findTransportProblem(uri, policy);
    const request = currentRequest();
    if (problem !== undefined && request)
      problems.set(request, `redirect_uri is registered, but not allowed any more: it ${problem}`);
    return problem === undefined;
  };
  provider.use(explainInJson);
}

/** @returns the description of the request's error: the provider's own says that the redirect URI is not registered */
export function explainError(
  request: KoaContextWithOIDC,
  description: string | undefined,
): string | undefined {
  return problems.get(request) ?? description;
}

async function explainInJson(request: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const description = problems.get(request);
  if (description === undefined || typeof request.body !== 'object') return;
  request.body = { ...request.body, error_description: description };
}
