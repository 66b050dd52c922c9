import { createHash } from 'node:crypto';
import { type Db, PgBoss } from 'pg-boss';
import type { Database, Queryable } from '../../../platform/database/database.ts';
import type { Logger } from '../../../platform/logger.ts';

const QUEUE = 'deliveries';
const DAY = 24 * 3600;

/** Seconds. pg-boss draws each delay between this and twice this, and doubles it with each retry. */
const FIRST_RETRY = 4;
const MAX_RETRY = 4 * 3600;
/** Seconds after which an attempt counts as lost: it sends for at most 15, and recording the result times out as well. */
const ATTEMPT_LOST_AFTER = 30;
/** How often pg-boss looks for lost attempts, in seconds. */
const WATCH_EVERY = 5;
/** How often pg-boss deletes finished jobs, in seconds. */
const TIDY_EVERY = 60;
/** Practically unlimited: deliveries are parked after a time, not after a number of retries. */
const MAX_RETRIES = 1_000_000;

const SETTINGS = {
  retryLimit: MAX_RETRIES,
  retryDelay: FIRST_RETRY,
  retryDelayMax: MAX_RETRY,
  retryBackoff: true,
  expireInSeconds: ATTEMPT_LOST_AFTER,
  retentionSeconds: 365 * DAY,
  deleteAfterSeconds: 60,
  warningQueueSize: 1_000_000, // a long queue is normal while a busy receiver is down
};

/** pg-boss has few connections of its own, with longer timeouts than those of requests. */
const CONNECTIONS = { max: 2, connectionTimeoutMillis: 5_000, statement_timeout: 60_000 };

/** A job for one attempt; its id is the `job_id` of the delivery. */
export interface DueJob {
  readonly id: string;
  readonly retryCount: number;
}

/** The pg-boss queue of jobs that attempt deliveries. It schedules retries and finds lost attempts. */
export interface DeliveryQueue {
  /** @param jobs jobs of one group share the limit `limitPerGroup` */
  add(tx: Queryable, jobs: readonly { readonly id: string; readonly group: string }[]): Promise<void>;
  /** Takes at most `limit` due jobs, so that at most `limitPerGroup` jobs of a group are active across all nodes. */
  take(limit: number, limitPerGroup: number): Promise<DueJob[]>;
  finish(tx: Queryable, job: DueJob): Promise<void>;
  /** Makes the job due again after a delay that grows with each retry. */
  retryLater(tx: Queryable, job: DueJob): Promise<void>;
  stop(): Promise<void>;
}

/** @throws Error if the schema `pgboss` cannot be created or migrated */
export async function startDeliveryQueue(
  database: Pick<Database, 'pool'>,
  log: Pick<Logger, 'warn'>,
): Promise<DeliveryQueue> {
  const { connectionString, stream, Client } = database.pool.options;
  const boss = new PgBoss({
    ...(connectionString !== undefined && { connectionString }),
    ...{ stream, Client }, // passed on to pg, so that these connections behave like all others
    ...CONNECTIONS,
    application_name: 'clicktocall deliveries',
    schedule: false,
    registerInstance: false,
    superviseIntervalSeconds: WATCH_EVERY,
    monitorIntervalSeconds: WATCH_EVERY,
    maintenanceIntervalSeconds: TIDY_EVERY,
  });
  // pg-boss recovers from errors itself, but an 'error' event without a listener would end the process.
  boss.on('error', (error) => log.warn({ err: error }, 'deliveries: queue error; will retry'));
  boss.on('warning', (warning) => log.warn({ warning: warning.message }, 'deliveries: queue warning'));
  try {
    await boss.start();
    await boss.createQueue(QUEUE, { policy: 'standard', ...SETTINGS });
    await boss.updateQueue(QUEUE, SETTINGS);
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => {});
    throw error;
  }
  return {
    async add(tx, jobs) {
      if (jobs.length === 0) return;
      const inserts = jobs.map(({ id, group }) => ({ id, group: { id: group } }));
      await boss.insert(QUEUE, inserts, { db: within(tx) });
    },
    take: (limit, limitPerGroup) => boss.fetch(QUEUE, { batchSize: limit, groupConcurrency: limitPerGroup }),
    async finish(tx, job) {
      await boss.complete(QUEUE, job, null, { db: within(tx) });
    },
    async retryLater(tx, job) {
      await boss.fail(QUEUE, job, null, { db: within(tx) });
    },
    stop: () => boss.stop({ graceful: false }),
  };
}

/** Runs pg-boss inside a transaction. It has few different statements, so each is prepared under its digest. */
function within(tx: Queryable): Db {
  return {
    async executeSql(text, values) {
      const name = `pgboss_${createHash('sha256').update(text).digest('base64url').slice(0, 20)}`;
      return { rows: await tx.query<Record<string, unknown>>({ name, text }, values ?? []) };
    },
  };
}
