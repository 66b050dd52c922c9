import type { Queryable } from '../../../platform/database/database.ts';
import type { CallState } from '../../calls/call.ts';

export const DELIVERY_STATES = ['pending', 'delivered', 'parked', 'stopped'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** An attempt in the delivery log. */
export interface Attempt {
  /** ISO 8601 */
  readonly at: string;
  readonly milliseconds: number;
  /** Status of the HTTP response; null if there was none. */
  readonly status: number | null;
  /** Null if the attempt succeeded. */
  readonly problem: string | null;
}

/** One event for one destination, with all attempts, oldest first. */
export interface Delivery {
  /** Digits; ascending in the order of the events. */
  readonly id: string;
  readonly eventId: string;
  readonly callId: string;
  /** The new state of the call. */
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
  /** Only deliveries for calls of this client. */
  readonly clientId?: string;
  readonly id?: string;
  /** Only deliveries with smaller ids. */
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

/** Lists deliveries, newest first. Builds the statement from the given filters only, so that each combination has its own plan. */
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
 * Makes a delivery due now, with the full time until it is parked.
 * @returns the user and client of the call; undefined if the delivery waits behind another one, and keeps waiting
 */
export async function restartDelivery(
  tx: Queryable,
  id: string,
): Promise<{ userId: string; clientId: string } | undefined> {
  const [row] = await tx.query<{ userId: string; clientId: string }>(
    {
      name: 'restart_delivery',
      text: `SELECT c.user_id AS "userId", c.client_id AS "clientId"
               FROM restart_delivery($1) AS restarted (call_id) JOIN calls c ON c.id = restarted.call_id`,
    },
    [id],
  );
  return row;
}
