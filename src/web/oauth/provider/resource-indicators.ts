import { type Configuration, errors, type Provider } from 'oidc-provider';
import { SCOPE_OPENID } from '../../../core/tokens/access-token.ts';
import type { PublishedApi } from '../../entry/protected-api.ts';
import { currentRequest } from './adapters/current-request.ts';

type Feature = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>;

/** Lets an application restrict a token to one API (RFC 8707). Without `resource`, a token reaches every API that its scopes do. */
export function resourceIndicators(apis: readonly PublishedApi[]): Feature {
  return {
    enabled: true,
    getResourceServerInfo(_ctx, resource) {
      const api = apis.find((each) => each.resource === resource);
      if (!api) throw unknownResource(apis.map((each) => each.resource));
      return { scope: api.scopes.join(' '), accessTokenFormat: 'opaque' };
    },
    useGrantedResource: async () => true,
  };
}

/**
 * Makes the provider's "Grant" hold scopes alone. The user allows scopes; the APIs of a request only restrict where a token with
 * them works. The library would keep, and ask for, the scopes of each API.
 */
export function grantScopesForEveryApi({ Grant }: Provider): void {
  Grant.prototype.getResourceScope = function getResourceScope() {
    return this.getOIDCScope();
  };
  Grant.prototype.getRejectedResourceScope = function getRejectedResourceScope() {
    return this.getRejectedOIDCScope();
  };
}

/** The code or refresh token that a token request presents. */
interface Presented {
  /** The APIs that its authorization request named; undefined if it named none. */
  readonly resource?: string | string[] | undefined;
  /** The scopes that the user allowed; undefined as long as a device waits for the user. */
  readonly scope?: string | undefined;
}

/**
 * Decides for which API a token may be: one of those of the authorization request, or any one if that request named none. Decides it
 * before the code or refresh token is used, so that a wrong `resource` costs nothing.
 */
export function checkResourceOfTokenRequests(provider: Provider, apis: readonly PublishedApi[]): void {
  function grantedTo({ resource = [] }: Presented): readonly PublishedApi[] {
    const named = [resource].flat();
    return named.length === 0 ? apis : apis.filter((api) => named.includes(api.resource));
  }

  function check(presented: Presented): void {
    const granted = grantedTo(presented);
    if (granted.length === 0) throw noLongerPublished(presented);
    const { resource, scope = presented.scope } = currentRequest()?.oidc.params ?? {};
    const requested = [resource ?? presented.resource ?? []].flat();
    const allowed = granted.map((api) => api.resource);
    if (requested.length > 1)
      throw new errors.InvalidTarget(`a token is for one API; resource must be one of: ${allowed.join(' ')}`);
    if (requested.length === 0) return;
    const api = granted.find((each) => each.resource === requested[0]);
    if (!api) throw unknownResource(allowed);
    if (scope !== undefined) requireScopeOf(api, String(scope));
  }

  for (const Model of [provider.AuthorizationCode, provider.DeviceCode, provider.RefreshToken]) {
    Object.defineProperty(Model.prototype, 'resourceIndicators', {
      get(this: Presented) {
        return new Set(grantedTo(this).map((api) => api.resource));
      },
    });
    const find = Model.find.bind(Model) as (...parameters: unknown[]) => Promise<Presented | undefined>;
    Object.assign(Model, {
      async find(...parameters: unknown[]) {
        const presented = await find(...parameters);
        if (presented && currentRequest()?.oidc.route === 'token') check(presented);
        return presented;
      },
    });
  }
}

/** A token for an API needs one of its scopes, unless the client wants an ID token alone. */
function requireScopeOf({ resource, scopes }: PublishedApi, requested: string): void {
  if (requested.split(' ').some((scope) => scope === SCOPE_OPENID || scopes.includes(scope))) return;
  throw new errors.InvalidScope(`none of the granted scopes is a scope of ${resource}`, requested);
}

/** PUBLIC_URL or the path of the API has changed, so no `resource` could get a token. */
function noLongerPublished({ resource }: Presented): Error {
  return new errors.CustomOIDCProviderError(
    'invalid_grant',
    `${[resource].flat().join(' ')} is no longer an API of this server: ask the user again`,
  );
}

function unknownResource(known: readonly string[]): Error {
  return new errors.InvalidTarget(`resource must be one of: ${known.join(' ')}`);
}
