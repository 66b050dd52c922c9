import type { Queryable } from '../../../platform/database/database.ts';
import type { CallEvent } from '../call-event.ts';
import { EVENT } from '../event-row.ts';
import type { Outcome } from './sender.ts';

export interface WebhookDestination {
  readonly id: string;
  readonly url: string;
  /** Sealed; the current one first, and the one before it while that still counts. */
  readonly secrets: readonly Buffer[];
}

export interface SinkDestination {
  readonly url: string;
  /** Sealed; null for a sink without credential. */
  readonly token: Buffer | null;
  readonly tokenExpiresAt: Date | null;
  readonly tokenExpired: boolean;
}

/** What a job attempts: one event to one of the two. */
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

/** @returns undefined when the job has nothing to do any more: its delivery was resent by another, or it or its webhook is gone */
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
  return row && dueDelivery(row);
}

function dueDelivery(row: DueRow): DueDelivery {
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

/** What an attempt did to its delivery; null when the delivery had passed to another job meanwhile. */
export type Settled = 'delivered' | 'stopped' | 'parked' | 'queued' | null;

/**
 * Puts an attempt into the log and the delivery into the state that follows: delivered, stopped when `forGood`, parked
 * `parkAfter` seconds after the first attempt, and still queued otherwise.
 */
export async function settleAttempt(
  tx: Queryable,
  jobId: string,
  attempt: Outcome & { readonly at: Date; readonly forGood: boolean; readonly parkAfter: number },
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
      attempt.forGood,
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
 * Makes the next one of the lane new. In a statement of its own after settleAttempt, which holds the lock that whoever
 * puts one behind waits for: only so does it see all that are there.
 * @returns whether there was one
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
