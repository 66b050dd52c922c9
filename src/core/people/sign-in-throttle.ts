import { createHash, randomBytes } from 'node:crypto';
import { isIP, isIPv6, SocketAddress } from 'node:net';
import type pg from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { asDatabaseError } from '../../platform/database/database-errors.ts';
import { type ExpiryRule, expiredWhen } from '../../platform/jobs/expiry-sweep.ts';
import { TooManySignIns } from './people-errors.ts';

/** Wrong passwords allowed in a quarter of an hour, before further attempts are refused until it is over. */
const DURATION = 15 * 60;
const LIMITS = {
  /** One user's name from one address: somebody guessing, or a person who forgot. */
  nameAndAddress: { keyPrefix: 'name-address', points: 10, duration: DURATION },
  /** Any names from one address: somebody trying many. Generous, since an office may share one. */
  address: { keyPrefix: 'address', points: 100, duration: DURATION },
  /** One user's name from a browser in which that user has signed in before. */
  knownBrowser: { keyPrefix: 'browser', points: 10, duration: DURATION },
};

/** Its times are in milliseconds. */
export const signInAttemptExpiry: readonly ExpiryRule[] = [
  expiredWhen('sign_in_attempts', 'expire < extract(epoch FROM now()) * 1000'),
];

/** Where a sign-in comes from. */
export interface Origin {
  readonly ipAddress: string;
  /** The mark that a browser got when somebody last signed in with it; its signature has been checked. */
  readonly browserMark?: string | undefined;
}

export interface Attempt {
  /** Takes the attempt back from the counts: only wrong passwords count. @returns the mark for the browser to keep */
  succeeded(): Promise<string>;
}

/**
 * Slows down guessing over all nodes, counted in PostgreSQL. A stranger cannot lock anybody out: wrong passwords count
 * against the address that they come from, and a browser in which the user has signed in before has a count of its own,
 * whoever shares its address.
 */
export function createSignInThrottle(pool: pg.Pool) {
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
    /** Counts the attempt before the password is looked at, so that parallel guesses all count. @throws TooManySignIns */
    async begin(name: string, { ipAddress, browserMark }: Origin): Promise<Attempt> {
      const who = createHash('sha256').update(name).digest('base64url');
      if (browserMark?.startsWith(`${who}.`)) {
        await consume(byKnownBrowser, browserMark);
        return {
          async succeeded() {
            await inOurTerms(() => byKnownBrowser.delete(browserMark));
            return browserMark;
          },
        };
      }
      const where = network(ipAddress);
      const both = `${who} ${where}`;
      await consume(byNameAndAddress, both);
      await consume(byAddress, where);
      return {
        async succeeded() {
          await inOurTerms(() => Promise.all([byNameAndAddress.delete(both), byAddress.reward(where)]));
          return `${who}.${randomBytes(12).toString('base64url')}`;
        },
      };
    },
  };
}

/** @throws TooManySignIns */
function consume(limiter: RateLimiterPostgres, key: string): Promise<unknown> {
  return inOurTerms(async () => {
    try {
      await limiter.consume(key);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const first = error.consumedPoints === limiter.points + 1;
      throw new TooManySignIns(Math.ceil(error.msBeforeNext / 1000), first);
    }
  });
}

async function inOurTerms<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asDatabaseError(error);
  }
}

/**
 * An IPv6 user has a whole /64 to choose addresses from, so that counts as one. What a trusted proxy passes on need not
 * be an address at all; then there is nothing to tell one place from another.
 */
function network(ipAddress: string): string {
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
