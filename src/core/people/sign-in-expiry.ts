import { type ExpiryRule, expiredWhen } from '../../platform/jobs/expiry-sweep.ts';
import { KEPT_HOURS } from './password-failure-store.ts';

/** Names with a count of wrong passwords. Beyond it, the names with the fewest are forgotten first. */
const MAX_NAMES = 100_000;

export const signInAttemptExpiry: readonly ExpiryRule[] = [
  /** The column `expire` is in milliseconds. */
  expiredWhen('sign_in_attempts', 'expire < extract(epoch FROM now()) * 1000'),
  expiredWhen('password_failures', `failed_at < now() - interval '${KEPT_HOURS} hours'`),
  {
    table: 'password_failures',
    name: 'surplus',
    select: (limit) =>
      `SELECT ctid FROM password_failures ORDER BY failures DESC, failed_at DESC OFFSET ${MAX_NAMES} LIMIT ${limit}`,
  },
];
