import { createHash, randomBytes } from 'node:crypto';
import { isIP, isIPv6, SocketAddress } from 'node:net';
import type pg from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { asDatabaseError } from '../../platform/database/database-errors.ts';
import { TooManySignIns } from './people-errors.ts';

/** Wrong passwords allowed in 15 minutes; after that, attempts are refused until the 15 minutes are over. */
const DURATION = 15 * 60;
const LIMITS = {
  /** One user name from one address. */
  nameAndAddress: { keyPrefix: 'name-address', points: 10, duration: DURATION },
  /** Any user names from one address. The limit is generous, because an office may share one address. */
  address: { keyPrefix: 'address', points: 100, duration: DURATION },
  /** One user name from a browser in which that user has signed in before. */
  knownBrowser: { keyPrefix: 'browser', points: 10, duration: DURATION },
};

/** The address and browser of a sign-in. */
export interface SignInOrigin {
  readonly ipAddress: string;
  /** The browser mark, whose signature has been checked. */
  readonly browserMark?: string | undefined;
}

/** A counted attempt whose password is being checked. */
export interface SignInAttempt {
  /** Removes the attempt from the counts, because only wrong passwords count. @returns the new browser mark */
  succeed(): Promise<string>;
}

/**
 * Throttles password guessing across all nodes, with counts in PostgreSQL. An attacker cannot lock a user out: wrong passwords
 * count against the attacker's address, and a browser in which the user has signed in before has its own count.
 */
export interface SignInThrottle {
  /** Counts the attempt before the password is checked, so that parallel guesses all count. @throws TooManySignIns */
  begin(name: string, origin: SignInOrigin): Promise<SignInAttempt>;
}

export function createSignInThrottle(pool: pg.Pool): SignInThrottle {
  const limiter = (limit: (typeof LIMITS)[keyof typeof LIMITS]) =>
    new RateLimiterPostgres({
      storeClient: pool,
      tableName: 'sign_in_attempts',
      tableCreated: true,
      ...limit,
    });
  const byNameAndAddress = limiter(LIMITS.nameAndAddress);
  const byAddress = limiter(LIMITS.address);
  const byKnownBrowser = limiter(LIMITS.knownBrowser);

  return {
    async begin(name, { ipAddress, browserMark }) {
      const nameHash = createHash('sha256').update(name).digest('base64url');
      if (browserMark?.startsWith(`${nameHash}.`)) {
        await consume(byKnownBrowser, browserMark);
        return {
          async succeed() {
            await translateErrors(() => byKnownBrowser.delete(browserMark));
            return browserMark;
          },
        };
      }
      const network = networkOf(ipAddress);
      const nameAndNetwork = `${nameHash} ${network}`;
      await consume(byNameAndAddress, nameAndNetwork);
      await consume(byAddress, network);
      return {
        async succeed() {
          await translateErrors(() =>
            Promise.all([byNameAndAddress.delete(nameAndNetwork), byAddress.reward(network)]),
          );
          return `${nameHash}.${randomBytes(12).toString('base64url')}`;
        },
      };
    },
  };
}

/** @throws TooManySignIns */
function consume(limiter: RateLimiterPostgres, key: string): Promise<unknown> {
  return translateErrors(async () => {
    try {
      await limiter.consume(key);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const first = error.consumedPoints === limiter.points + 1;
      throw new TooManySignIns(Math.ceil(error.msBeforeNext / 1000), first);
    }
  });
}

/** Throws errors of PostgreSQL as DatabaseUnavailable. */
async function translateErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asDatabaseError(error);
  }
}

/**
 * Returns the /64 network of an IPv6 address, because one user controls a whole /64. A trusted proxy may pass on a text that is
 * not an address; all such texts count as one network.
 */
function networkOf(ipAddress: string): string {
  if (isIP(ipAddress) === 0) return 'nowhere';
  if (!isIPv6(ipAddress)) return ipAddress;
  const { address } = new SocketAddress({ address: ipAddress, family: 'ipv6' });
  if (address.startsWith('::ffff:')) return address.slice('::ffff:'.length);
  const [left = '', right = ''] = address.split('::');
  const before = left.split(':').filter(Boolean);
  const after = right.split(':').filter(Boolean);
  const zeros = new Array(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
