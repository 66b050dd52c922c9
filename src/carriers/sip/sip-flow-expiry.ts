import { type ExpiryRule, expiredWhen } from '../../platform/jobs/expiry-sweep.ts';

export const sipFlowExpiry: readonly ExpiryRule[] = [expiredWhen('sip_flows', 'expires_at < now()')];
