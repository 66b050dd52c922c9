import { type ExpiryRule, expiredWhen } from '../../platform/jobs/expiry-sweep.ts';

/** What a session may last, in seconds. */
export interface Lifetimes {
  readonly longest: number;
  /** Without a request of the person's own. */
  readonly idle: number;
}

/** Then the administrator signs in again: after 12 hours, and after 30 idle minutes. */
export const CONSOLE_LIFETIMES: Lifetimes = { longest: 12 * 3600, idle: 30 * 60 };

export const consoleSessionExpiry: readonly ExpiryRule[] = [
  expiredWhen(
    'console_sessions',
    `signed_in_at < now() - interval '${CONSOLE_LIFETIMES.longest} seconds'
     OR seen_at < now() - interval '${CONSOLE_LIFETIMES.idle} seconds'`,
  ),
];
