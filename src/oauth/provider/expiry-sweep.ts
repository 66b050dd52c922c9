import type { FastifyBaseLogger } from 'fastify';
import type { Database, Queryable } from '../../database/database.ts';

const EVERY_MS = 5 * 60 * 1000;
/** Any constant will do, as long as all nodes use the same. */
const LOCK = 7_225_529_002n;

/** Removes what has expired, a while after; one node at a time. What has expired is refused with or without it. */
export function startExpirySweep(database: Database, log: FastifyBaseLogger): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = sweepExpired(database).catch((error) =>
      log.warn({ err: error }, 'expired tokens could not be removed'),
    );
  }, EVERY_MS).unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

export async function sweepExpired(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    const [row] = await tx.query<{ locked: boolean }>({
      name: 'lock_expiry_sweep',
      text: `SELECT pg_try_advisory_xact_lock(${LOCK}) AS locked`,
    });
    if (!row?.locked) return;
    for (const table of SWEPT) await deleteExpired(tx, table);
    await tx.query({
      name: 'sweep_sign_in_attempts',
      text: 'DELETE FROM sign_in_attempts WHERE expire < extract(epoch FROM now()) * 1000',
    });
  });
}

const SWEPT = ['artifacts', 'access_tokens', 'authorizations', 'used_proofs'] as const;

async function deleteExpired(tx: Queryable, table: (typeof SWEPT)[number]): Promise<void> {
  await tx.query({
    name: `sweep_${table}`,
    text: `DELETE FROM ${table} WHERE expires_at < now() - interval '1 hour'`,
  });
}
