import type { FastifyBaseLogger } from 'fastify';
import { tryAdvisoryLock } from '../../../platform/database/advisory-locks.ts';
import type { Database, Queryable, Statement } from '../../../platform/database/database.ts';

const EVERY_MS = 5 * 60 * 1000;
/** Rows a transaction, so that a backlog is worked off in steps, each well within a statement's time. */
const BATCH = 5_000;

/** What marks a row of each table as expired; a while after, since what has just expired still explains a refusal. */
const EXPIRED = {
  artifacts: `expires_at < now() - interval '1 hour'`,
  access_tokens: `expires_at < now() - interval '1 hour'`,
  authorizations: `expires_at < now() - interval '1 hour'`,
  idempotency_keys: `expires_at < now()`,
  used_proofs: `expires_at < now()`,
  deliveries: `ended_at < now() - interval '30 days'`,
  console_sessions: `signed_in_at < now() - interval '12 hours' OR seen_at < now() - interval '30 minutes'`,
  sign_in_attempts: `expire < extract(epoch FROM now()) * 1000`,
  // The hour is for transitions that began before the removal and give the webhook a delivery yet. The order is an index's.
  webhooks: `removed_at < now() - interval '1 hour'
             AND (SELECT d.id FROM deliveries d WHERE d.webhook_id = webhooks.id ORDER BY d.id DESC LIMIT 1) IS NULL`,
};

/** By webhook, in the order of an index: no plan reads the whole table when there are none. Attempts' locks are passed over. */
const DELIVERIES_OF_REMOVED_WEBHOOKS = `
  DELETE FROM deliveries WHERE id = ANY (ARRAY(
    SELECT d.id FROM webhooks w
     CROSS JOIN LATERAL (SELECT id FROM deliveries WHERE webhook_id = w.id
                          ORDER BY id DESC LIMIT ${BATCH} FOR UPDATE SKIP LOCKED) d
     WHERE w.removed_at IS NOT NULL LIMIT ${BATCH}))
  RETURNING 1 AS one`;

/** Removes what has expired, at the start and then every five minutes. Expired things are refused with or without it. */
export function startExpirySweep(
  database: Database,
  log: Pick<FastifyBaseLogger, 'warn'>,
  everyMs = EVERY_MS,
): { stop(): Promise<void> } {
  let sweeping: Promise<void> | undefined;
  let stopped = false;
  const sweep = () => {
    sweeping ??= sweepExpired(database, () => stopped)
      .catch((error) => log.warn({ err: error }, 'the expiry sweep failed'))
      .finally(() => {
        sweeping = undefined;
      });
  };
  sweep();
  const timer = setInterval(sweep, everyMs).unref();
  return {
    /** Waits for the batch under way; what is left is left to the next start. */
    async stop() {
      stopped = true;
      clearInterval(timer);
      await sweeping;
    },
  };
}

/**
 * One node at a time: another that is sweeping already is left to it.
 * @param stopped asked between batches, whether to leave the rest
 */
export async function sweepExpired(database: Database, stopped = () => false): Promise<void> {
  const batches = [
    { name: 'sweep_deliveries_of_removed_webhooks', text: DELIVERIES_OF_REMOVED_WEBHOOKS },
    ...Object.entries(EXPIRED).map(([table, condition]) => ({
      name: `sweep_${table}`,
      text: `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${BATCH})) RETURNING 1 AS one`,
    })),
  ];
  for (const batch of batches) {
    let removed = BATCH;
    while (removed === BATCH && !stopped())
      removed = await database.transaction((tx) => sweepBatch(tx, batch));
  }
}

async function sweepBatch(tx: Queryable, batch: Statement): Promise<number> {
  if (!(await tryAdvisoryLock(tx, 'expirySweep'))) return 0;
  const removed = await tx.query(batch);
  return removed.length;
}
