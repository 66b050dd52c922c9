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
/** Each network has this many of the counts, and is refused when all are used up: two networks hardly ever share more than one. */
const COUNTS_EACH = 2;

/**
 * Throttles requests that store something without a signed-in user or an authenticated client, or make the server read a document
 * of a client, by network.
 */
export interface AnonymousThrottle {
  /** @returns an adapter that counts such requests, and refuses them beyond the limit */
  throttle(model: string, adapter: Adapter): Adapter;
  /** Runs `write`, which stores a payload for the current request, unless its network has sent too many. */
  store(model: string, payload: AdapterPayload, write: () => Promise<void>): Promise<void>;
  /**
   * Counts the current request, because it makes the server read a document of a client.
   * @param ipAddress of a request that the provider is not handling; undefined for work of the server itself, which does not count
   * @throws TooManyAnonymousRequests
   */
  countFetch(ipAddress: string | undefined): Promise<void>;
}

/** Counts in the memory of the node: a count in the database would be a write of its own (docs/adr/0028). */
export function createAnonymousThrottle(requestsPerMinute: number): AnonymousThrottle {
  const countAddress = createAddressCount(requestsPerMinute);
  /** One request stores several things at once, and counts once. */
  const counted = new WeakMap<object, Promise<void>>();
  const refused = new WeakSet<object>();

  async function countRequest(request: KoaContextWithOIDC): Promise<void> {
    try {
      await countAddress(request.ip);
    } catch (error) {
      refused.add(request);
      throw error;
    }
  }

  function countOnce(request: KoaContextWithOIDC): Promise<void> {
    const count = counted.get(request) ?? countRequest(request);
    counted.set(request, count);
    return count;
  }

  const store: AnonymousThrottle['store'] = async (model, payload, write) => {
    const request = currentRequest();
    if (!request || !ANONYMOUS[model]?.(request, payload)) return write();
    // The provider tries to save the session again after it has rendered the error.
    if (refused.has(request)) return;
    await countOnce(request).catch(throwProviderError);
    return write();
  };

  return {
    store,
    async countFetch(ipAddress) {
      const request = currentRequest();
      if (request) await countOnce(request);
      else if (ipAddress !== undefined) await countAddress(ipAddress);
    },
    throttle(model, adapter) {
      if (!ANONYMOUS[model]) return adapter;
      return {
        ...adapter,
        upsert: (id, payload, expiresIn) =>
          store(model, payload, async () => void (await adapter.upsert(id, payload, expiresIn))),
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

/** @returns counts a request of an address in its networks. It throws TooManyAnonymousRequests. */
export function createAddressCount(requestsPerMinute: number): (address: string) => Promise<void> {
  const chooseCounts = createCountChoice();
  const limiters = FACTORS.map(
    (factor) => new RateLimiterMemory({ points: requestsPerMinute * factor, duration: DURATION_SECONDS }),
  );
  return async (address) => {
    for (const [index, network] of networksOf(address).entries()) {
      const limiter = limiters[index];
      if (limiter) await consumeAny(limiter, chooseCounts(network));
    }
  };
}

/** @throws TooManyAnonymousRequests if all counts are used up */
async function consumeAny(limiter: RateLimiterMemory, counts: readonly string[]): Promise<void> {
  const outcomes = await Promise.allSettled(counts.map((count) => limiter.consume(count)));
  const waits: number[] = [];
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') return;
    if (!(outcome.reason instanceof RateLimiterRes)) throw outcome.reason;
    waits.push(outcome.reason.msBeforeNext);
  }
  throw new TooManyAnonymousRequests(Math.max(1, Math.ceil(Math.min(...waits) / 1000)));
}

/** @returns chooses the counts of a network. The key is secret, so attackers cannot know which networks share a count. */
export function createCountChoice(): (network: string) => readonly string[] {
  const key = randomBytes(16);
  return (network) => {
    const digest = createHmac('sha256', key).update(network).digest();
    return Array.from({ length: COUNTS_EACH }, (_, index) => String(digest.readUInt32BE(4 * index) % COUNTS));
  };
}
