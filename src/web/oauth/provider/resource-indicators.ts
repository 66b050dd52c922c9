import { type Configuration, errors, type Provider } from 'oidc-provider';
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

/** What a token request presents. */
interface Presented {
  /** The APIs that its authorization request named; undefined if it named none. */
  readonly resource?: string | string[] | undefined;
}

/**
 * Decides for which API a token may be: one of those of the authorization request, or any one if that request named none. Decides it
 * before the code or refresh token is used, so that a wrong `resource` costs nothing.
 */
export function checkResourceOfTokenRequests(provider: Provider, apis: readonly PublishedApi[]): void {
  const grantedTo = ({ resource }: Presented) => [resource ?? apis.map((each) => each.resource)].flat();

  function check(presented: Presented): void {
    const requested = [currentRequest()?.oidc.params?.['resource'] ?? presented.resource ?? []].flat();
    const granted = grantedTo(presented);
    if (requested.length > 1)
      throw new errors.InvalidTarget(`a token is for one API; resource must be one of: ${granted.join(' ')}`);
    if (!requested.every((each) => granted.includes(String(each)))) throw unknownResource(granted);
  }

  for (const Model of [provider.AuthorizationCode, provider.DeviceCode, provider.RefreshToken]) {
    Object.defineProperty(Model.prototype, 'resourceIndicators', {
      get(this: Presented) {
        return new Set(grantedTo(this));
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

function unknownResource(known: readonly string[]): Error {
  return new errors.InvalidTarget(`resource must be one of: ${known.join(' ')}`);
}
