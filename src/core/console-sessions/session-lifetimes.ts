import { type ExpiryRule, expiredWhen } from '../../platform/jobs/expiry-sweep.ts';

/** Limits on the age of a session, in seconds. */
export interface Lifetimes {
  readonly longest: number;
  /** Time without a request by the user; background requests of a page do not count. */
  readonly idle: number;
}

/** An administrator must sign in again after 12 hours, or after 30 idle minutes. */
export const CONSOLE_LIFETIMES: Lifetimes = { longest: 12 * 3600, idle: 30 * 60 };

export const consoleSessionExpiry: readonly ExpiryRule[] = [
  expiredWhen(
    'console_sessions',
    `signed_in_at < now() - interval '${CONSOLE_LIFETIMES.longest} seconds'
     OR seen_at < now() - interval '${CONSOLE_LIFETIMES.idle} seconds'`,
  ),
];
