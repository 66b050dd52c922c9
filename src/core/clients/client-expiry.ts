import { type ExpiryRule, expiredWhen } from '../../platform/jobs/expiry-sweep.ts';

export const clientExpiry: readonly ExpiryRule[] = [
  expiredWhen('initial_access_tokens', 'expires_at < now()'),
];
