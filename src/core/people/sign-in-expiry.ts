import { type ExpiryRule, expiredWhen } from '../../platform/jobs/expiry-sweep.ts';

/** The column `expire` is in milliseconds. */
export const signInAttemptExpiry: readonly ExpiryRule[] = [
  expiredWhen('sign_in_attempts', 'expire < extract(epoch FROM now()) * 1000'),
];
