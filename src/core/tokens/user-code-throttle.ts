import { hash } from 'node:crypto';
import type pg from 'pg';
import { createAttemptCounts, createNetworkCounts } from '../../platform/database/attempt-counts.ts';
import { networksOf } from '../../platform/networks.ts';
import { TooManyUserCodes } from './token-errors.ts';

/** Wrong codes in 15 minutes. People mistype a code once or twice; an office may share one address. */
const LIMITS = { session: 5, network: 30 };

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
  const bySession = createAttemptCounts(pool, limit('user-code-session', LIMITS.session));
  const byNetwork = createNetworkCounts(pool, limit('user-code-network', LIMITS.network));

  return {
    async begin({ ipAddress, sessionId }) {
      const attempts = [...byNetwork(networksOf(ipAddress))];
      if (sessionId !== undefined)
        attempts.push({ counts: bySession, key: hash('sha256', sessionId, 'base64url') });
      for (const { counts, key } of attempts) await counts.count(key);
      return {
        async succeed() {
          for (const { counts, key } of attempts) await counts.uncount(key);
        },
      };
    },
  };
}

function limit(keyPrefix: string, points: number) {
  return {
    keyPrefix,
    points,
    createError: (retryAfterSeconds: number) => new TooManyUserCodes(retryAfterSeconds),
  };
}
