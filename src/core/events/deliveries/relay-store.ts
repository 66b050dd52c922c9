import type { Queryable } from '../../../platform/database/database.ts';

/** Rows per transaction. */
export const RELAY_BATCH = 500;

const FRESH = `SELECT id, call_id, webhook_id FROM deliveries WHERE state = 'new' ORDER BY id LIMIT ${RELAY_BATCH}`;
const SAME_LANE = 'q.call_id = f.call_id AND q.webhook_id IS NOT DISTINCT FROM f.webhook_id';

/** Excludes deliveries of removed webhooks, which the expiry sweep deletes. */
const WEBHOOK_NOT_REMOVED = (row: string) =>
  `NOT EXISTS (SELECT FROM webhooks w WHERE w.id = ${row}.webhook_id AND w.removed_at IS NOT NULL)`;

/** A newly queued delivery, which needs a job with this id. */
export interface QueuedDelivery {
  readonly jobId: string;
  /** Null for the sink of a call. */
  readonly webhookId: string | null;
  /** Null for a webhook. */
  readonly sink: string | null;
}

export async function hasNewDeliveries(db: Queryable): Promise<boolean> {
  const [row] = await db.query<{ some: boolean }>({
    name: 'new_deliveries',
    text: `SELECT EXISTS (SELECT FROM deliveries WHERE state = 'new') AS some`,
  });
  return row?.some === true;
}

/** Deletes new deliveries of removed webhooks. @returns how many were deleted */
export async function dropRemoved(tx: Queryable): Promise<number> {
  const rows = await tx.query({
    name: 'drop_removed',
    text: `DELETE FROM deliveries
            WHERE state = 'new'
              AND id IN (SELECT f.id FROM (${FRESH}) f
                           JOIN webhooks w ON w.id = f.webhook_id AND w.removed_at IS NOT NULL)
            RETURNING id`,
  });
  return rows.length;
}

/**
 * Puts new deliveries behind the queued delivery of their lane. The lock on the queued delivery ensures that the transaction
 * that finishes it either sees the deliveries behind it, or has already committed. Skips a delivery that is being finished;
 * the new deliveries of its lane stay new until the relay runs again.
 * @returns how many deliveries were put behind another
 */
export async function putBehindQueued(tx: Queryable): Promise<number> {
  const rows = await tx.query({
    name: 'put_behind_queued',
    text: `WITH fresh AS (${FRESH}),
                blocked AS (SELECT f.id FROM fresh f JOIN deliveries q ON ${SAME_LANE} AND q.state = 'queued'
                               FOR SHARE OF q SKIP LOCKED)
           UPDATE deliveries d SET state = 'behind' FROM blocked b WHERE d.id = b.id AND d.state = 'new'
           RETURNING d.id`,
  });
  return rows.length;
}

/** Queues the first new delivery of each lane without a queued delivery, and puts the others behind it. */
export async function queueFirst(tx: Queryable): Promise<{ moved: number; queued: QueuedDelivery[] }> {
  const rows = await tx.query<QueuedDelivery & { state: string }>({
    name: 'queue_first',
    text: `WITH fresh AS (${FRESH}),
                free AS (SELECT f.id, row_number() OVER (PARTITION BY f.call_id, f.webhook_id ORDER BY f.id) AS turn
                           FROM fresh f
                          WHERE NOT EXISTS (SELECT FROM deliveries q WHERE ${SAME_LANE} AND q.state = 'queued')),
                moved AS (UPDATE deliveries d
                             SET state = CASE f.turn WHEN 1 THEN 'queued' ELSE 'behind' END,
                                 job_id = CASE f.turn WHEN 1 THEN gen_random_uuid() END
                            FROM free f
                           WHERE d.id = f.id AND d.state = 'new'
                       RETURNING d.id, d.call_id, d.state, d.job_id, d.webhook_id)
           SELECT m.state, m.job_id AS "jobId", m.webhook_id AS "webhookId",
                  CASE WHEN m.webhook_id IS NULL THEN c.sink END AS sink
             FROM moved m JOIN calls c ON c.id = m.call_id
            ORDER BY m.id`,
  });
  return { moved: rows.length, queued: rows.filter((row) => row.state === 'queued') };
}

/**
 * Makes new again each delivery that lost its job, and the first delivery of each lane without a new or queued one. This
 * repairs a queue that was emptied or restored from a backup; neither happens in normal operation.
 */
export async function recoverLost(tx: Queryable): Promise<void> {
  await tx.query({
    name: 'recover_jobless',
    text: `UPDATE deliveries d SET state = 'new', job_id = NULL
            WHERE d.state = 'queued' AND ${WEBHOOK_NOT_REMOVED('d')}
              AND NOT EXISTS (SELECT FROM pgboss.job j
                               WHERE j.name = 'deliveries' AND j.id = d.job_id AND j.state IN ('created', 'retry', 'active'))`,
  });
  await tx.query({
    name: 'recover_leaderless',
    text: `UPDATE deliveries d SET state = 'new'
            WHERE d.id IN (SELECT DISTINCT ON (f.call_id, f.webhook_id) f.id FROM deliveries f
                            WHERE f.state = 'behind' AND ${WEBHOOK_NOT_REMOVED('f')}
                              AND NOT EXISTS (SELECT FROM deliveries q WHERE ${SAME_LANE} AND q.state IN ('queued', 'new'))
                            ORDER BY f.call_id, f.webhook_id, f.id)`,
  });
}
