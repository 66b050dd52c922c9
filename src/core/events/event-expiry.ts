import { type ExpiryRule, expiredWhen } from '../../platform/jobs/expiry-sweep.ts';

/** In the order in which they must run: a removed webhook goes after its deliveries. */
export const eventExpiry: readonly ExpiryRule[] = [
  {
    table: 'deliveries',
    name: 'of_removed_webhooks',
    // Webhook by webhook, in the order of an index: no plan reads the whole table when there are none. Rows that an attempt
    // holds locked are left for the next sweep.
    select: (limit) => `
      SELECT d.ctid FROM webhooks w
       CROSS JOIN LATERAL (SELECT ctid FROM deliveries WHERE webhook_id = w.id
                            ORDER BY id DESC LIMIT ${limit} FOR UPDATE SKIP LOCKED) d
       WHERE w.removed_at IS NOT NULL LIMIT ${limit}`,
  },
  expiredWhen('deliveries', `ended_at < now() - interval '30 days'`),
  expiredWhen(
    'webhooks',
    // An hour later: a transition that began before the removal may still add a delivery. The order is that of an index.
    `removed_at < now() - interval '1 hour'
     AND (SELECT d.id FROM deliveries d WHERE d.webhook_id = webhooks.id ORDER BY d.id DESC LIMIT 1) IS NULL`,
  ),
];
