import type pg from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { asDatabaseError } from '../../platform/database/database-errors.ts';
import { TooManySecondFactors } from './second-factor-errors.ts';

/** Wrong codes of one user in 15 minutes. At this rate six digits take years to guess. */
const LIMIT = { keyPrefix: 'second-factor', points: 5, duration: 15 * 60 };

/** Throttles guessing across all nodes. Counts by user, because an attacker who gets here already knows the password. */
export interface SecondFactorThrottle {
  /** Counts an attempt before it is checked, so that parallel guesses all count. @throws TooManySecondFactors */
  count(userId: string): Promise<void>;
  /** Removes a successful attempt from the count; failed attempts stay. */
  uncount(userId: string): Promise<void>;
}

export function createSecondFactorThrottle(pool: pg.Pool): SecondFactorThrottle {
  const byUser = new RateLimiterPostgres({
    storeClient: pool,
    tableName: 'sign_in_attempts',
    tableCreated: true,
    ...LIMIT,
  });
  return {
    async count(userId) {
      await byUser.consume(userId).catch((error) => {
        if (!(error instanceof RateLimiterRes)) throw asDatabaseError(error);
        const first = error.consumedPoints === LIMIT.points + 1;
        throw new TooManySecondFactors(Math.ceil(error.msBeforeNext / 1000), first);
      });
    },

    async uncount(userId) {
      await byUser.reward(userId).catch((error) => {
        throw asDatabaseError(error);
      });
    },
  };
}
