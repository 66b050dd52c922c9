import { hash } from 'node:crypto';
import type pg from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { asDatabaseError } from '../../platform/database/database-errors.ts';
import { networksOf } from '../../platform/networks.ts';
import { TooManyUserCodes } from './token-errors.ts';

const DURATION = 15 * 60;
/** Wrong codes in that time. People mistype a code once or twice; an office may share one address. */
const LIMITS = { session: 5, network: 30 };
/** How many times as many the larger networks of an address may send (networks.ts). */
const FACTORS = [1, 2, 4];

export interface UserCodeOrigin {
  readonly ipAddress: string;
  /** Of the browser's session. */
  readonly sessionId: string | undefined;
}

/** A counted attempt whose code is being looked up. */
export interface UserCodeAttempt {
  /** Removes the attempt from the counts, because only wrong codes count. */
  succeed(): Promise<void>;
}

/** Throttles guessing the user codes of devices (RFC 8628 section 5.1) across all nodes, with counts in PostgreSQL. */
export interface UserCodeThrottle {
  /** Counts the attempt before the code is looked up, so that parallel guesses all count. @throws TooManyUserCodes */
  begin(origin: UserCodeOrigin): Promise<UserCodeAttempt>;
}

export function createUserCodeThrottle(pool: pg.Pool): UserCodeThrottle {
  const limiter = (keyPrefix: string, points: number) =>
    new RateLimiterPostgres({
      storeClient: pool,
      tableName: 'sign_in_attempts',
      tableCreated: true,
      keyPrefix,
      points,
      duration: DURATION,
    });
  const bySession = limiter('user-code-session', LIMITS.session);
  const byNetwork = FACTORS.map((factor) => limiter('user-code-network', LIMITS.network * factor));

  return {
    async begin({ ipAddress, sessionId }) {
      const networks = networksOf(ipAddress);
      const counts = byNetwork.flatMap((limiter, index) => {
        const key = networks[index];
        return key === undefined ? [] : [{ limiter, key }];
      });
      if (sessionId !== undefined)
        counts.push({ limiter: bySession, key: hash('sha256', sessionId, 'base64url') });
      for (const { limiter, key } of counts) await limiter.consume(key).catch(throwRefusal);
      return {
        async succeed() {
          for (const { limiter, key } of counts) await limiter.reward(key).catch(throwRefusal);
        },
      };
    },
  };
}

/** @throws TooManyUserCodes, DatabaseUnavailable */
function throwRefusal(error: unknown): never {
  if (!(error instanceof RateLimiterRes)) throw asDatabaseError(error);
  throw new TooManyUserCodes(Math.ceil(error.msBeforeNext / 1000));
}
