import type { Queryable } from '../../../platform/database/database.ts';
import type { CallState } from '../../calls/call.ts';
import { type Pause, pauseOf } from '../deliveries/circuit-store.ts';

/** Why a webhook is disabled: its receiver answered 410 (Gone), or its client or an administrator disabled it. */
export const DISABLED_REASONS = ['receiverGone', 'requested'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** A URL that receives events of a client's calls. */
export interface Webhook {
  /** UUID */
  readonly id: string;
  readonly clientId: string;
  readonly url: string;
  /** Null: all. */
  readonly events: readonly CallState[] | null;
  readonly createdAt: Date;
  readonly disabledAt: Date | null;
  readonly disabledReason: DisabledReason | null;
  /** Null while its receiver answers. */
  readonly pause: Pause | null;
}

/** The columns of a `Webhook`; `w` is the row. */
const WEBHOOK = `
  w.id, w.client_id AS "clientId", w.url, w.events, w.created_at AS "createdAt", w.disabled_at AS "disabledAt",
  w.disabled_reason AS "disabledReason", ${pauseOf('w.client_id', 'receiver_host(w.url)')} AS pause`;

/**
 * Locks the client, so that no other transaction can add webhooks to it.
 * @returns the number of webhooks; undefined if the client does not exist
 */
export async function lockAndCount(tx: Queryable, clientId: string): Promise<number | undefined> {
  const locked = await tx.query(
    { name: 'lock_client', text: 'SELECT id FROM clients WHERE id = $1 FOR NO KEY UPDATE' },
    [clientId],
  );
  if (locked.length === 0) return undefined;
  const [row] = await tx.query<{ count: number }>(
    {
      name: 'count_webhooks',
      text: 'SELECT count(*)::integer AS count FROM webhooks WHERE client_id = $1 AND removed_at IS NULL',
    },
    [clientId],
  );
  return row?.count ?? 0;
}

/** @param webhook with a sealed secret */
export async function insertWebhook(
  db: Queryable,
  webhook: Pick<Webhook, 'id' | 'clientId' | 'url' | 'events'> & { secret: Buffer },
): Promise<Webhook> {
  const [row] = await db.query<Webhook>(
    {
      name: 'insert_webhook',
      text: `INSERT INTO webhooks AS w (id, client_id, url, events, secret) VALUES ($1, $2, $3, $4, $5) RETURNING ${WEBHOOK}`,
    },
    [webhook.id, webhook.clientId, webhook.url, webhook.events, webhook.secret],
  );
  if (!row) throw new Error('INSERT returned no row');
  return row;
}

/** Lists webhooks, oldest first. */
export function listWebhooks(db: Queryable, clientId: string): Promise<Webhook[]> {
  return db.query<Webhook>(
    {
      name: 'list_webhooks',
      text: `SELECT ${WEBHOOK} FROM webhooks w WHERE client_id = $1 AND removed_at IS NULL ORDER BY created_at, id`,
    },
    [clientId],
  );
}

/** @param clientId null: any client */
export async function findWebhook(
  db: Queryable,
  id: string,
  clientId: string | null,
): Promise<Webhook | undefined> {
  const [row] = await db.query<Webhook>(
    {
      name: 'webhook',
      text: `SELECT ${WEBHOOK} FROM webhooks w
              WHERE id = $1 AND client_id = coalesce($2, client_id) AND removed_at IS NULL`,
    },
    [id, clientId],
  );
  return row;
}

/** Replaces the secret. The old secret also signs messages for `overlapSeconds`. */
export async function replaceSecret(
  db: Queryable,
  webhook: { id: string; clientId: string | null; secret: Buffer; overlapSeconds: number },
): Promise<Webhook | undefined> {
  const [row] = await db.query<Webhook>(
    {
      name: 'replace_webhook_secret',
      text: `UPDATE webhooks w
                SET secret = $3, old_secret = secret, old_secret_until = now() + $4 * interval '1 second'
              WHERE id = $1 AND client_id = coalesce($2, client_id) AND removed_at IS NULL
              RETURNING ${WEBHOOK}`,
    },
    [webhook.id, webhook.clientId, webhook.secret, webhook.overlapSeconds],
  );
  return row;
}

/** @param events null: all. @returns undefined if there is nothing to change */
export async function setEvents(
  db: Queryable,
  id: string,
  clientId: string | null,
  events: Webhook['events'],
): Promise<Webhook | undefined> {
  const [row] = await db.query<Webhook>(
    {
      name: 'set_webhook_events',
      text: `UPDATE webhooks w SET events = $3
              WHERE id = $1 AND client_id = coalesce($2, client_id) AND removed_at IS NULL AND events IS DISTINCT FROM $3
              RETURNING ${WEBHOOK}`,
    },
    [id, clientId, events],
  );
  return row;
}

/**
 * Disables an enabled webhook, or enables a disabled one.
 * @param reason why it is disabled; null: it is enabled
 * @returns undefined if there is nothing to change
 */
export async function setDisabled(
  db: Queryable,
  id: string,
  clientId: string | null,
  reason: DisabledReason | null,
): Promise<Webhook | undefined> {
  const [row] = await db.query<Webhook>(
    {
      name: 'set_webhook_disabled',
      text: `UPDATE webhooks w SET disabled_at = CASE WHEN $3::text IS NOT NULL THEN now() END, disabled_reason = $3
              WHERE id = $1 AND client_id = coalesce($2, client_id) AND removed_at IS NULL
                AND (disabled_at IS NULL) = ($3::text IS NOT NULL)
              RETURNING ${WEBHOOK}`,
    },
    [id, clientId, reason],
  );
  return row;
}

/** Makes deliveries due that wait for a retry, or for their receiver: some at a time, as a webhook can have 100,000. */
export async function expediteDeliveries(
  db: Queryable,
  { id, clientId }: Pick<Webhook, 'id' | 'clientId'>,
): Promise<void> {
  await db.query(
    {
      name: 'expedite_deliveries',
      text: `UPDATE deliveries SET state = 'due', attempt_at = now()
              WHERE id = ANY (ARRAY(
                      SELECT d.id FROM webhooks w
                        JOIN deliveries d ON d.client_id = w.client_id AND d.state IN ('retrying', 'paused')
                                         AND d.destination = receiver_host(w.url) || ' ' || w.id AND d.test_id IS NULL
                       WHERE w.id = $1 AND w.client_id = $2 LIMIT 100 FOR UPDATE OF d SKIP LOCKED))`,
    },
    [id, clientId],
  );
}

/** Hides a webhook at once. The expiry sweep deletes its row and its deliveries. */
export async function markRemoved(
  db: Queryable,
  id: string,
  clientId: string | null,
): Promise<Webhook | undefined> {
  const [row] = await db.query<Webhook>(
    {
      name: 'mark_webhook_removed',
      text: `UPDATE webhooks w SET removed_at = now()
              WHERE id = $1 AND client_id = coalesce($2, client_id) AND removed_at IS NULL
              RETURNING ${WEBHOOK}`,
    },
    [id, clientId],
  );
  return row;
}
