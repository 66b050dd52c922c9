import type { Queryable } from '../../../platform/database/database.ts';
import type { CallEvent } from '../call-event.ts';
import { EVENT } from '../event-row.ts';
import type { SendResult } from './sender.ts';

export interface WebhookDestination {
  readonly id: string;
  readonly url: string;
  /** Sealed; the current secret first, then the previous one while it is still valid. */
  readonly secrets: readonly Buffer[];
}

export interface SinkDestination {
  readonly url: string;
  /** Sealed; null for a sink without credential. */
  readonly token: Buffer | null;
  readonly tokenExpiresAt: Date | null;
  readonly tokenExpired: boolean;
}

/** An event for either a webhook or a sink. */
export interface DueDelivery {
  readonly id: string;
  readonly event: CallEvent;
  readonly webhook: WebhookDestination | undefined;
  readonly sink: SinkDestination | undefined;
}

type DueRow = CallEvent & {
  readonly deliveryId: string;
  readonly webhookId: string | null;
  readonly webhookUrl: string | null;
  readonly secret: Buffer | null;
  readonly oldSecret: Buffer | null;
  readonly sink: string | null;
  readonly token: Buffer | null;
  readonly tokenExpiresAt: Date | null;
  readonly tokenExpired: boolean | null;
};

/** @returns undefined if the job is obsolete: the delivery has another job, or it or its webhook was removed */
export async function findDueDelivery(db: Queryable, jobId: string): Promise<DueDelivery | undefined> {
  const [row] = await db.query<DueRow>(
    {
      name: 'due_delivery',
      text: `SELECT d.id AS "deliveryId", ${EVENT},
                    d.webhook_id AS "webhookId", w.url AS "webhookUrl", w.secret,
                    CASE WHEN w.old_secret_until > now() THEN w.old_secret END AS "oldSecret",
                    c.sink, c.sink_token AS token, c.sink_token_expires_at AS "tokenExpiresAt",
                    c.sink_token_expires_at <= clock_timestamp() AS "tokenExpired"
               FROM deliveries d
               JOIN call_events e ON e.id = d.event_id
               JOIN calls c ON c.id = d.call_id
               LEFT JOIN webhooks w ON w.id = d.webhook_id AND w.removed_at IS NULL
              WHERE d.job_id = $1 AND (d.webhook_id IS NULL OR w.id IS NOT NULL)`,
    },
    [jobId],
  );
  return row && toDueDelivery(row);
}

function toDueDelivery(row: DueRow): DueDelivery {
  const { deliveryId, webhookId, webhookUrl, secret, oldSecret, sink, token, ...rest } = row;
  const { tokenExpiresAt, tokenExpired, ...event } = rest;
  return {
    id: deliveryId,
    event,
    webhook:
      webhookId === null || webhookUrl === null
        ? undefined
        : { id: webhookId, url: webhookUrl, secrets: [secret, oldSecret].filter((each) => each !== null) },
    sink:
      webhookId !== null || sink === null
        ? undefined
        : { url: sink, token, tokenExpiresAt, tokenExpired: tokenExpired === true },
  };
}

/** The new state of the delivery; null if the delivery now has another job. */
export type Settled = 'delivered' | 'stopped' | 'parked' | 'queued' | null;

/**
 * Logs an attempt and sets the new state of its delivery: delivered, stopped if the failure is permanent, parked if the first
 * attempt was more than `parkAfter` seconds ago, otherwise still queued.
 */
export async function settleAttempt(
  tx: Queryable,
  jobId: string,
  attempt: SendResult & { readonly at: Date; readonly permanent: boolean; readonly parkAfter: number },
): Promise<Settled> {
  const [row] = await tx.query<{ state: Settled }>(
    {
      name: 'settle_attempt',
      text: `WITH decided AS (
               SELECT id, CASE WHEN $2 THEN 'delivered' WHEN $3 THEN 'stopped'
                               WHEN coalesce(tried_since, $4) < now() - make_interval(secs => $8) THEN 'parked'
                               ELSE 'queued' END AS next
                 FROM deliveries WHERE job_id = $1 FOR NO KEY UPDATE),
             logged AS (
               INSERT INTO delivery_attempts (delivery_id, at, milliseconds, status, problem)
               SELECT id, $4, $5, $6, $7 FROM decided)
             UPDATE deliveries d
                SET state = next,
                    tried_since = coalesce(tried_since, $4),
                    job_id = CASE next WHEN 'queued' THEN job_id END,
                    ended_at = CASE WHEN next <> 'queued' THEN now() END
               FROM decided WHERE d.id = decided.id
             RETURNING d.state`,
    },
    [
      jobId,
      attempt.ok,
      attempt.permanent,
      attempt.at,
      attempt.milliseconds,
      attempt.status,
      attempt.problem,
      attempt.parkAfter,
    ],
  );
  return row?.state ?? null;
}

/**
 * Makes the next delivery of the lane new. This must be a separate statement after settleAttempt, which locks the delivery:
 * only then does it see every delivery that the relay has put behind it.
 * @returns whether the lane had another delivery
 */
export async function promoteNext(tx: Queryable, deliveryId: string): Promise<boolean> {
  const rows = await tx.query(
    {
      name: 'promote_next',
      text: `UPDATE deliveries SET state = 'new'
              WHERE id = (SELECT b.id FROM deliveries b JOIN deliveries d ON d.id = $1
                           WHERE b.call_id = d.call_id AND b.webhook_id IS NOT DISTINCT FROM d.webhook_id
                             AND b.state = 'behind'
                           ORDER BY b.id LIMIT 1)
              RETURNING id`,
    },
    [deliveryId],
  );
  return rows.length === 1;
}
