import { createHmac, randomBytes } from 'node:crypto';
import type { Adapter, AdapterPayload, KoaContextWithOIDC } from 'oidc-provider';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { networksOf } from '../../../../platform/networks.ts';
import { TooManyAnonymousRequests } from '../limit-errors.ts';
import { currentRequest } from './current-request.ts';
import { throwProviderError } from './provider-errors.ts';

const DURATION_SECONDS = 60;
/** How many times as much the larger networks of an address may send (networks.ts). */
const FACTORS = [1, 3, 10];
/** Counts of networks. Networks share counts, so that attackers with many addresses cannot fill the memory. */
const COUNTS = 16_384;

/** Throttles requests that store something without a signed-in user or an authenticated client, by network. */
export interface AnonymousThrottle {
  /** @returns an adapter that counts such requests, and refuses them beyond the limit */
  throttle(model: string, adapter: Adapter): Adapter;
}

/** Counts in the memory of the node: a count in the database would be a write of its own (docs/adr/0028). */
export function createAnonymousThrottle(requestsPerMinute: number): AnonymousThrottle {
  const chooseCount = createCountChoice();
  const limiters = FACTORS.map(
    (factor) => new RateLimiterMemory({ points: requestsPerMinute * factor, duration: DURATION_SECONDS }),
  );
  /** One request stores several things at once, and counts once. */
  const counted = new WeakMap<object, Promise<void>>();
  const refused = new WeakSet<object>();

  /** @throws TooManyAnonymousRequests */
  async function countRequest(request: KoaContextWithOIDC): Promise<void> {
    try {
      for (const [index, network] of networksOf(request.ip).entries())
        await limiters[index]?.consume(chooseCount(network));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      refused.add(request);
      throw new TooManyAnonymousRequests(Math.max(1, Math.ceil(error.msBeforeNext / 1000)));
    }
  }

  return {
    throttle(model, adapter) {
      const isAnonymous = ANONYMOUS[model];
      if (!isAnonymous) return adapter;
      return {
        ...adapter,
        async upsert(id, payload, expiresIn) {
          const request = currentRequest();
          if (!request || !isAnonymous(request, payload)) return adapter.upsert(id, payload, expiresIn);
          // The provider tries to save the session again after it has rendered the error.
          if (refused.has(request)) return;
          const count = counted.get(request) ?? countRequest(request).catch(throwProviderError);
          counted.set(request, count);
          await count;
          return adapter.upsert(id, payload, expiresIn);
        },
      };
    },
  };
}

type IsAnonymous = (request: KoaContextWithOIDC, payload: AdapterPayload) => boolean;

const isPublicClient: IsAnonymous = ({ oidc }) => oidc.client?.clientAuthMethod === 'none';

/** The models that anonymous requests store. */
const ANONYMOUS: Readonly<Record<string, IsAnonymous>> = {
  Interaction: (_request, { session }) => session?.accountId === undefined,
  Session: (_request, { accountId }) => accountId === undefined,
  PushedAuthorizationRequest: isPublicClient,
  // At other endpoints, a public client has to present a code or a token before its proof is stored.
  ReplayDetection: (request, payload) =>
    request.oidc.route === 'pushed_authorization_request' && isPublicClient(request, payload),
  DeviceCode: (request, payload) =>
    request.oidc.route === 'device_authorization' && isPublicClient(request, payload),
};

/** @returns chooses the count of a network. The key is secret, so attackers cannot know which networks share a count. */
export function createCountChoice(): (network: string) => string {
  const key = randomBytes(16);
  return (network) => {
    const digest = createHmac('sha256', key).update(network).digest();
    return String(digest.readUInt32BE(0) % COUNTS);
  };
}
