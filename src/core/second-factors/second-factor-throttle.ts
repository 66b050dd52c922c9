import type pg from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { asDatabaseError } from '../../platform/database/database-errors.ts';
import { TooManySecondFactors } from './second-factor-errors.ts';

/** Wrong codes and passkeys of one user in a quarter of an hour; six digits then take thousands of years to guess. */
const LIMIT = { keyPrefix: 'second-factor', points: 5, duration: 15 * 60 };

/** Slows down guessing over all nodes. Who gets as far as here knows the password, so it is counted by user alone. */
export function createSecondFactorThrottle(pool: pg.Pool) {
  const byUser = new RateLimiterPostgres({
    storeClient: pool,
    tableName: 'sign_in_attempts',
    tableCreated: true,
    ...LIMIT,
  });
  return {
    /** Counts an answer before it is looked at, so that parallel guesses all count. @throws TooManySecondFactors */
    async count(userId: string): Promise<void> {
      await byUser.consume(userId).catch((error) => {
        if (!(error instanceof RateLimiterRes)) throw asDatabaseError(error);
        const first = error.consumedPoints === LIMIT.points + 1;
        throw new TooManySecondFactors(Math.ceil(error.msBeforeNext / 1000), first);
      });
    },

    /** Takes a right answer back from the count; the wrong ones before it stay. */
    async forgive(userId: string): Promise<void> {
      await byUser.reward(userId).catch((error) => {
        throw asDatabaseError(error);
      });
    },
  };
}
