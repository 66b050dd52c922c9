import { type ExpiryRule, expiredWhen } from '../../platform/jobs/expiry-sweep.ts';

export const tokenExpiry: readonly ExpiryRule[] = [
  // Kept for an hour, so that the authorization server can still find the owner of an expired token.
  expiredWhen('access_tokens', `expires_at < now() - interval '1 hour'`),
  expiredWhen('used_proofs', 'expires_at < now()'),
];
