import type { Queryable } from '../../../platform/database/database.ts';
import type { CallState } from '../../calls/call.ts';
import { type Pause, pauseOf } from './circuit-store.ts';
import { TEST_TYPE } from './webhook-message.ts';

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
  /** Null for a test event. */
  readonly callId: string | null;
  /** The new state of the call, or that this is a test event. */
  readonly event: CallState | typeof TEST_TYPE;
  /** Null for the call's sink. */
  readonly webhookId: string | null;
  readonly url: string;
  readonly state: DeliveryState;
  /** Null while the receiver answers, and for a finished delivery. */
  readonly pause: Pause | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly attempts: readonly Attempt[];
}

export interface DeliveryFilter {
  readonly webhookId?: string;
  readonly callId?: string;
  /** Only deliveries of this client. */
  readonly clientId?: string;
  readonly id?: string;
  /** Only deliveries with smaller ids. */
  readonly before?: string | undefined;
}

const DELIVERY = `
  d.id, coalesce(d.event_id, d.test_id) AS "eventId", d.call_id AS "callId", coalesce(e.state, '${TEST_TYPE}') AS event,
  d.webhook_id AS "webhookId", coalesce(w.url, c.sink) AS url,
  CASE WHEN d.ended_at IS NULL THEN 'pending' ELSE d.state END AS state,
  CASE WHEN d.ended_at IS NULL THEN ${pauseOf('d.client_id', `split_part(d.destination, ' ', 1)`)} END AS pause,
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
    clientId: 'd.client_id =',
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
               LEFT JOIN call_events e ON e.id = d.event_id
               LEFT JOIN calls c ON c.id = d.call_id
               LEFT JOIN webhooks w ON w.id = d.webhook_id AND w.removed_at IS NULL
              WHERE ${['(d.webhook_id IS NULL OR w.id IS NOT NULL)', ...conditions].join(' AND ')}
              ORDER BY d.id DESC LIMIT $1`,
    },
    [size, ...given.map(([, value]) => value)],
  );
}

/**
 * Makes a delivery due now, with the full time until it is parked.
 * @returns the user of the call, if there is one, and the client; undefined if the delivery waits behind another one, and keeps
 * waiting
 */
export async function restartDelivery(
  tx: Queryable,
  id: string,
): Promise<{ userId: string | null; clientId: string } | undefined> {
  const [row] = await tx.query<{ userId: string | null; clientId: string }>(
    {
      name: 'restart_delivery',
      text: `SELECT c.user_id AS "userId", d.client_id AS "clientId"
               FROM restart_delivery($1) AS restarted JOIN deliveries d ON d.id = $1 LEFT JOIN calls c ON c.id = d.call_id
              WHERE restarted`,
    },
    [id],
  );
  return row;
}

/** A webhook that may get a test event. */
export interface TestedWebhook {
  readonly clientId: string;
  /** Seconds since each test event of the last minute was sent or resent, the latest first. */
  readonly sinceTests: readonly number[];
}

/** Locks a webhook, so that no other transaction can send a test event to it. @param clientId null: any client */
export async function lockTested(
  tx: Queryable,
  id: string,
  clientId: string | null,
): Promise<TestedWebhook | undefined> {
  const [webhook] = await tx.query<TestedWebhook>(
    {
      name: 'lock_tested_webhook',
      text: `SELECT client_id AS "clientId",
                    ARRAY(SELECT extract(epoch FROM clock_timestamp() - at)::float8 FROM unnest(tested_at) AS at
                           WHERE at > clock_timestamp() - interval '1 minute' ORDER BY at DESC) AS "sinceTests"
               FROM webhooks
              WHERE id = $1 AND client_id = coalesce($2, client_id) AND removed_at IS NULL FOR NO KEY UPDATE`,
    },
    [id, clientId],
  );
  return webhook;
}

/** Records that a test event is sent now, and forgets those that were sent more than a minute ago. */
export async function recordTest(tx: Queryable, webhookId: string): Promise<void> {
  await tx.query(
    {
      name: 'record_test',
      text: `UPDATE webhooks
                SET tested_at = ARRAY(SELECT at FROM unnest(tested_at) AS at WHERE at > clock_timestamp() - interval '1 minute')
                                || clock_timestamp()
              WHERE id = $1`,
    },
    [webhookId],
  );
}

/** Queues a test event. It is attempted also if the receiver is paused. @returns the id of the delivery */
export async function queueTest(tx: Queryable, webhookId: string): Promise<string> {
  const [row] = await tx.query<{ id: string }>(
    {
      name: 'queue_test',
      text: `WITH queued AS (
               INSERT INTO deliveries (test_id, client_id, webhook_id, destination, created_at)
               SELECT gen_random_uuid(), client_id, id, receiver_host(url) || ' ' || id, clock_timestamp() FROM webhooks WHERE id = $1
               RETURNING id, client_id, destination)
             SELECT id, probe_circuit(client_id, destination, id)::text FROM queued`,
    },
    [webhookId],
  );
  if (!row) throw new Error('INSERT returned no row');
  return row.id;
}
