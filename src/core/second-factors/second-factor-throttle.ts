import type pg from 'pg';
import { createAttemptCounts } from '../../platform/database/attempt-counts.ts';
import { TooManySecondFactors } from './second-factor-errors.ts';

/** Wrong codes of one user in 15 minutes. At this rate six digits take years to guess. */
const LIMIT = 5;

/** Throttles guessing across all nodes. Counts by user, because an attacker who gets here already knows the password. */
export interface SecondFactorThrottle {
  /** Counts an attempt before it is checked, so that parallel guesses all count. @throws TooManySecondFactors */
  count(userId: string): Promise<void>;
  /** Removes a successful attempt from the count; failed attempts stay. */
  uncount(userId: string): Promise<void>;
}

export function createSecondFactorThrottle(pool: pg.Pool): SecondFactorThrottle {
  return createAttemptCounts(pool, {
    keyPrefix: 'second-factor',
    points: LIMIT,
    createError: (retryAfterSeconds, first) => new TooManySecondFactors(retryAfterSeconds, first),
  });
}
