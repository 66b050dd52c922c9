import type pg from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { asDatabaseError } from '../../platform/database/database-errors.ts';
import { TooManySignIns } from './people-errors.ts';

/** Seconds. After too many wrong passwords, attempts are refused until this time is over. */
const DURATION = 15 * 60;
/** Wrong passwords allowed in that time. */
const LIMITS = {
  /** One user name from one network. */
  nameAndNetwork: 10,
  /** Any user names from one network. The limit is generous, because an office may share one address. */
  network: 100,
  /** One user name from a browser in which that user has signed in before. */
  knownBrowser: 10,
};
/** More people share a larger network: the /64, the /56 and the /48 of an IPv6 address. An IPv4 address counts alone. */
const FACTORS = [1, 2, 4] as const;

/** Counts of wrong passwords for 15 minutes. Each method may throw DatabaseUnavailable. */
export interface WrongPasswordCounts {
  /** @throws TooManySignIns */
  count(key: string): Promise<void>;
  uncount(key: string): Promise<void>;
  delete(key: string): Promise<void>;
}

export function countsByKnownBrowser(pool: pg.Pool): WrongPasswordCounts {
  return createCounts(pool, 'browser', LIMITS.knownBrowser);
}

/** Counts by the networks of an address, the smallest first. */
export interface NetworkCounts {
  /** @throws TooManySignIns */
  count(name: string, networks: readonly string[]): Promise<void>;
  uncount(name: string, networks: readonly string[]): Promise<void>;
  /** Deletes the count of a name in the smallest network, which one person may control. */
  forget(name: string, networks: readonly string[]): Promise<void>;
}

export function countsByNetwork(pool: pg.Pool): NetworkCounts {
  const byName = FACTORS.map((factor) => createCounts(pool, 'name-address', LIMITS.nameAndNetwork * factor));
  const byAnyName = FACTORS.map((factor) => createCounts(pool, 'address', LIMITS.network * factor));

  /** The counts of an attempt, each with its key, in the order in which they are judged. */
  const countsOf = (name: string, networks: readonly string[]) => [
    ...pair(byName, networks, (network) => `${name} ${network}`),
    ...pair(byAnyName, networks, (network) => network),
  ];

  return {
    async count(name, networks) {
      for (const { counts, key } of countsOf(name, networks)) await counts.count(key);
    },
    async uncount(name, networks) {
      await Promise.all(countsOf(name, networks).map(({ counts, key }) => counts.uncount(key)));
    },
    async forget(name, networks) {
      const [first] = countsOf(name, networks);
      await first?.counts.delete(first.key);
    },
  };
}

function pair(
  counts: readonly WrongPasswordCounts[],
  networks: readonly string[],
  keyOf: (network: string) => string,
) {
  return counts.flatMap((each, index) => {
    const network = networks[index];
    return network === undefined ? [] : [{ counts: each, key: keyOf(network) }];
  });
}

function createCounts(pool: pg.Pool, keyPrefix: string, points: number): WrongPasswordCounts {
  const limiter = new RateLimiterPostgres({
    storeClient: pool,
    tableName: 'sign_in_attempts',
    tableCreated: true,
    keyPrefix,
    points,
    duration: DURATION,
  });
  return {
    async count(key) {
      await limiter.consume(key).catch((error) => {
        if (!(error instanceof RateLimiterRes)) throw asDatabaseError(error);
        throw new TooManySignIns(Math.ceil(error.msBeforeNext / 1000), {
          first: error.consumedPoints === points + 1,
        });
      });
    },
    async uncount(key) {
      await limiter.reward(key).catch(throwDatabaseError);
    },
    async delete(key) {
      await limiter.delete(key).catch(throwDatabaseError);
    },
  };
}

function throwDatabaseError(error: unknown): never {
  throw asDatabaseError(error);
}
