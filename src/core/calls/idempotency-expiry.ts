import { type ExpiryRule, expiredWhen } from '../../platform/jobs/expiry-sweep.ts';

export const idempotencyExpiry: readonly ExpiryRule[] = [
  expiredWhen('idempotency_keys', 'expires_at < now()'),
];
