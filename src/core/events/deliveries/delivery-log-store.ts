import type { Queryable } from '../../../platform/database/database.ts';
import type { CallState } from '../../calls/call.ts';

export type DeliveryState = 'pending' | 'delivered' | 'parked' | 'stopped';

/** An attempt as the log has it. */
export interface Attempt {
  /** ISO 8601 */
  readonly at: string;
  readonly milliseconds: number;
  /** Of the answer; null when there was none. */
  readonly status: number | null;
  /** Null when it was delivered. */
  readonly problem: string | null;
}

/** One event to one destination, with all that came of it; oldest attempt first. */
export interface Delivery {
  /** Digits; counts up in the order of the events. */
  readonly id: string;
  readonly eventId: string;
  readonly callId: string;
  /** The state that the event tells of. */
  readonly event: CallState;
  /** Null for the call's sink. */
  readonly webhookId: string | null;
  readonly url: string;
  readonly state: DeliveryState;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly attempts: readonly Attempt[];
}

export interface DeliveryFilter {
  readonly webhookId?: string;
  readonly callId?: string;
  /** Of calls of this client. */
  readonly clientId?: string;
  readonly id?: string;
  /** With smaller ids only. */
  readonly before?: string | undefined;
}

const DELIVERY = `
  d.id, d.event_id AS "eventId", d.call_id AS "callId", e.state AS event, d.webhook_id AS "webhookId",
  coalesce(w.url, c.sink) AS url, CASE WHEN d.ended_at IS NULL THEN 'pending' ELSE d.state END AS state,
  d.created_at AS "createdAt", d.ended_at AS "endedAt",
  (SELECT coalesce(jsonb_agg(jsonb_build_object(
                     'at', to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                     'milliseconds', a.milliseconds, 'status', a.status, 'problem', a.problem) ORDER BY a.id), '[]')
     FROM delivery_attempts a WHERE a.delivery_id = d.id) AS attempts`;

/** Newest first. Put together from the conditions present, so that each combination has a plan of its own. */
export function listDeliveries(db: Queryable, filter: DeliveryFilter, size: number): Promise<Delivery[]> {
  const columns = {
    webhookId: 'd.webhook_id =',
    callId: 'd.call_id =',
    clientId: 'c.client_id =',
    id: 'd.id =',
    before: 'd.id <',
  };
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  const conditions = given.map(([name], index) => `${columns[name as keyof typeof columns]} $${index + 2}`);
  return db.query<Delivery>(
    {
      name: `list_deliveries ${given.map(([name]) => name).join(' ')}`,
      text: `SELECT ${DELIVERY}
               FROM deliveries d
               JOIN call_events e ON e.id = d.event_id
               JOIN calls c ON c.id = d.call_id
               LEFT JOIN webhooks w ON w.id = d.webhook_id AND w.removed_at IS NULL
              WHERE ${['(d.webhook_id IS NULL OR w.id IS NOT NULL)', ...conditions].join(' AND ')}
              ORDER BY d.id DESC LIMIT $1`,
    },
    [size, ...given.map(([, value]) => value)],
  );
}

/**
 * Starts over, now, and with all its time before it. The job that waited to attempt it goes; one that is attempting it ends
 * by itself, and finds that the delivery is no longer its own.
 * @returns whose call it is of; undefined when it waits for another one of its call, and goes on waiting
 */
export async function restartDelivery(
  tx: Queryable,
  id: string,
): Promise<{ userId: string; clientId: string } | undefined> {
  const [row] = await tx.query<{ userId: string; clientId: string }>(
    {
      name: 'restart_delivery',
      text: `WITH resent AS (SELECT id, job_id, call_id FROM deliveries WHERE id = $1 AND state <> 'behind' FOR NO KEY UPDATE),
                  relieved AS (DELETE FROM pgboss.job j USING resent r
                                WHERE j.name = 'deliveries' AND j.id = r.job_id AND j.state IN ('created', 'retry'))
             UPDATE deliveries d SET state = 'new', job_id = NULL, ended_at = NULL, tried_since = NULL
               FROM resent r JOIN calls c ON c.id = r.call_id WHERE d.id = r.id
             RETURNING c.user_id AS "userId", c.client_id AS "clientId"`,
    },
    [id],
  );
  return row;
}
