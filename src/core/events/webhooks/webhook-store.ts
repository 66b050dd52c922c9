import type { Queryable } from '../../../platform/database/database.ts';

/** A URL that receives all events of a client's calls. */
export interface Webhook {
  /** UUID */
  readonly id: string;
  readonly clientId: string;
  readonly url: string;
  readonly createdAt: Date;
}

const WEBHOOK = 'id, client_id AS "clientId", url, created_at AS "createdAt"';

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
  webhook: { id: string; clientId: string; url: string; secret: Buffer },
): Promise<Webhook> {
  const [row] = await db.query<Webhook>(
    {
      name: 'insert_webhook',
      text: `INSERT INTO webhooks (id, client_id, url, secret) VALUES ($1, $2, $3, $4) RETURNING ${WEBHOOK}`,
    },
    [webhook.id, webhook.clientId, webhook.url, webhook.secret],
  );
  if (!row) throw new Error('INSERT returned no row');
  return row;
}

/** Lists webhooks, oldest first. */
export function listWebhooks(db: Queryable, clientId: string): Promise<Webhook[]> {
  return db.query<Webhook>(
    {
      name: 'list_webhooks',
      text: `SELECT ${WEBHOOK} FROM webhooks WHERE client_id = $1 AND removed_at IS NULL ORDER BY created_at, id`,
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
      text: `SELECT ${WEBHOOK} FROM webhooks
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
      text: `UPDATE webhooks
                SET secret = $3, old_secret = secret, old_secret_until = now() + $4 * interval '1 second'
              WHERE id = $1 AND client_id = coalesce($2, client_id) AND removed_at IS NULL
              RETURNING ${WEBHOOK}`,
    },
    [webhook.id, webhook.clientId, webhook.secret, webhook.overlapSeconds],
  );
  return row;
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
      text: `UPDATE webhooks SET removed_at = now()
              WHERE id = $1 AND client_id = coalesce($2, client_id) AND removed_at IS NULL
              RETURNING ${WEBHOOK}`,
    },
    [id, clientId],
  );
  return row;
}
