import { type ExpiryRule, expiredWhen } from '../../platform/jobs/expiry-sweep.ts';

export const tokenExpiry: readonly ExpiryRule[] = [
  // An hour later: until then the authorization server still finds whose token it was.
  expiredWhen('access_tokens', `expires_at < now() - interval '1 hour'`),
  expiredWhen('used_proofs', 'expires_at < now()'),
];
