import type pg from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { asDatabaseError } from './database-errors.ts';

/** Seconds. After too many attempts, more are refused until this time is over. */
const DURATION = 15 * 60;
/** More people share a larger network: the /64, the /56 and the /48 of an IPv6 address. An IPv4 address counts alone. */
const NETWORK_FACTORS = [1, 2, 4] as const;

export interface AttemptLimit {
  /** Of the keys in the database. */
  readonly keyPrefix: string;
  /** Attempts allowed in 15 minutes. */
  readonly points: number;
  /** @param first whether this is the first attempt beyond the limit */
  readonly createError: (retryAfterSeconds: number, first: boolean) => Error;
}

/** Counts of attempts for 15 minutes across all nodes, in PostgreSQL. Each method may throw DatabaseUnavailable. */
export interface AttemptCounts {
  /** @throws the error of the limit */
  count(key: string): Promise<void>;
  uncount(key: string): Promise<void>;
  delete(key: string): Promise<void>;
}

export function createAttemptCounts(
  pool: pg.Pool,
  { keyPrefix, points, createError }: AttemptLimit,
): AttemptCounts {
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
        throw createError(Math.ceil(error.msBeforeNext / 1000), error.consumedPoints === points + 1);
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

/** A count and the key of an attempt in it. */
export interface CountedKey {
  readonly counts: AttemptCounts;
  readonly key: string;
}

/**
 * Counts by the networks of an address. Larger networks may send more than `limit` allows.
 * @returns finds the counts of the networks, the smallest first; `toKey` makes the key of a network
 */
export function createNetworkCounts(
  pool: pg.Pool,
  limit: AttemptLimit,
): (networks: readonly string[], toKey?: (network: string) => string) => readonly CountedKey[] {
  const byNetwork = NETWORK_FACTORS.map((factor) =>
    createAttemptCounts(pool, { ...limit, points: limit.points * factor }),
  );
  return (networks, toKey = (network) => network) =>
    byNetwork.flatMap((counts, index) => {
      const network = networks[index];
      return network === undefined ? [] : [{ counts, key: toKey(network) }];
    });
}

function throwDatabaseError(error: unknown): never {
  throw asDatabaseError(error);
}
