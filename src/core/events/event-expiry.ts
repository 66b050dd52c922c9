import { type ExpiryRule, expiredWhen } from '../../platform/jobs/expiry-sweep.ts';

/** The rules must run in this order: a removed webhook is deleted after its deliveries. */
export const eventExpiry: readonly ExpiryRule[] = [
  {
    table: 'deliveries',
    name: 'of_removed_webhooks',
    // Reads the deliveries of each webhook in index order, so that no plan scans the whole table. Skips locked rows, which an
    // attempt is using.
    select: (limit) => `
      SELECT d.ctid FROM webhooks w
       CROSS JOIN LATERAL (SELECT ctid FROM deliveries WHERE webhook_id = w.id
                            ORDER BY id DESC LIMIT ${limit} FOR UPDATE SKIP LOCKED) d
       WHERE w.removed_at IS NOT NULL LIMIT ${limit}`,
  },
  expiredWhen('deliveries', `ended_at < now() - interval '30 days'`),
  // The longest pause is a quarter of an hour, and then a probe times out or closes the circuit.
  expiredWhen('delivery_circuits', `last_timeout_at < now() - interval '1 day' AND resume_at IS NULL`),
  expiredWhen(
    'webhooks',
    // Waits an hour, because a transition that began before the removal may still add a delivery. ORDER BY uses an index.
    `removed_at < now() - interval '1 hour'
     AND (SELECT d.id FROM deliveries d WHERE d.webhook_id = webhooks.id ORDER BY d.id DESC LIMIT 1) IS NULL`,
  ),
];
