import { type ExpiryRule, expiredWhen } from '../../../platform/jobs/expiry-sweep.ts';

/** An hour late, because an expired row still explains a refusal. */
const EXPIRED = `expires_at < now() - interval '1 hour'`;

export const providerExpiry: readonly ExpiryRule[] = [
  expiredWhen('artifacts', EXPIRED),
  expiredWhen('authorizations', EXPIRED),
];
