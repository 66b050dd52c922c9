import { type ExpiryRule, expiredWhen } from '../../platform/jobs/expiry-sweep.ts';
import { CONSOLE_LIFETIMES } from './session-lifetimes.ts';

export const consoleSessionExpiry: readonly ExpiryRule[] = [
  expiredWhen(
    'console_sessions',
    `signed_in_at < now() - interval '${CONSOLE_LIFETIMES.maxAge} seconds'
     OR seen_at < now() - interval '${CONSOLE_LIFETIMES.maxIdle} seconds'`,
  ),
];
