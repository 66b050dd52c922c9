import type { FastifyBaseLogger } from 'fastify';
import type { Database, Queryable } from '../../database/database.ts';

const EVERY_MS = 5 * 60 * 1000;
/** Rows a transaction, so that a backlog is worked off in steps, each well within a statement's time. */
const BATCH = 5_000;
/** Any constant will do, as long as all nodes use the same. */
const LOCK = 7_225_529_002n;

/** What marks a row of each table as expired; a while after, since what has just expired still explains a refusal. */
const EXPIRED = {
  artifacts: `expires_at < now() - interval '1 hour'`,
  access_tokens: `expires_at < now() - interval '1 hour'`,
  authorizations: `expires_at < now() - interval '1 hour'`,
  idempotency_keys: `expires_at < now()`,
  used_proofs: `expires_at < now()`,
  deliveries: `ended_at < now() - interval '30 days'`,
  sign_in_attempts: `expire < extract(epoch FROM now()) * 1000`,
};

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
  for (const [table, condition] of Object.entries(EXPIRED)) {
    let removed = BATCH;
    while (removed === BATCH && !stopped()) {
      removed = await database.transaction((tx) => sweepBatch(tx, table, condition));
    }
  }
}

async function sweepBatch(tx: Queryable, table: string, condition: string): Promise<number> {
  const [row] = await tx.query<{ locked: boolean }>({
    name: 'lock_expiry_sweep',
    text: `SELECT pg_try_advisory_xact_lock(${LOCK}) AS locked`,
  });
  if (!row?.locked) return 0;
  const removed = await tx.query({
    name: `sweep_${table}`,
    text: `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${BATCH})) RETURNING 1 AS one`,
  });
  return removed.length;
}
