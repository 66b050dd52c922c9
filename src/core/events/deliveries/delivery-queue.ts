import { createHash } from 'node:crypto';
import { type Db, PgBoss } from 'pg-boss';
import type { Database, Queryable } from '../../../platform/database/database.ts';
import type { Logger } from '../../../platform/logger.ts';

const QUEUE = 'deliveries';
const DAY = 24 * 3600;

/** In seconds. Each wait is between this and twice this, doubled each time; pg-boss draws it. */
const FIRST_RETRY = 4;
const LONGEST_RETRY = 4 * 3600;
/** After this many seconds an attempt's process must be dead: it sends for 15 at most, and what it writes down times out. */
const ATTEMPT_LOST_AFTER = 30;
/** How often pg-boss looks for such, and how often it removes jobs that are done, in seconds. */
const WATCH_EVERY = 5;
const TIDY_EVERY = 60;
/** Never fails a job for good: when to give up is decided here, by time, not by a count. */
const RETRIES = 1_000_000;

const SETTINGS = {
  retryLimit: RETRIES,
  retryDelay: FIRST_RETRY,
  retryDelayMax: LONGEST_RETRY,
  retryBackoff: true,
  expireInSeconds: ATTEMPT_LOST_AFTER,
  retentionSeconds: 365 * DAY,
  deleteAfterSeconds: 60,
  warningQueueSize: 1_000_000, // many wait when a receiver of many is away: nothing to warn of every few seconds
};

/** Its connections; they are few, and wait for long where ours must not. */
const CONNECTIONS = { max: 2, connectionTimeoutMillis: 5_000, statement_timeout: 60_000 };

/** One attempt that is due; its id is the delivery's `job_id`. */
export interface DueJob {
  readonly id: string;
  readonly retryCount: number;
}

/** The jobs that attempt deliveries, as pg-boss keeps them: what waits, until when, and what was begun and never ended. */
export interface DeliveryQueue {
  /** @param group jobs of one group share the places that take() leaves it */
  add(tx: Queryable, jobs: readonly { readonly id: string; readonly group: string }[]): Promise<void>;
  /** At most `most` that are due, and of each group so many that no more than `inGroup` are being attempted anywhere. */
  take(most: number, inGroup: number): Promise<DueJob[]>;
  finish(tx: Queryable, job: DueJob): Promise<void>;
  /** Makes it due again after a while that grows with each time. */
  tryLater(tx: Queryable, job: DueJob): Promise<void>;
  stop(): Promise<void>;
}

/** @throws Error when the schema `pgboss` cannot be made or brought up to date */
export async function startDeliveryQueue(
  database: Pick<Database, 'pool'>,
  log: Pick<Logger, 'warn'>,
): Promise<DeliveryQueue> {
  const { connectionString, stream, Client } = database.pool.options;
  const boss = new PgBoss({
    ...(connectionString !== undefined && { connectionString }),
    ...{ stream, Client }, // passed on to pg: connections that are cut, and lost, as all others are
    ...CONNECTIONS,
    application_name: 'clicktocall deliveries',
    schedule: false,
    registerInstance: false,
    superviseIntervalSeconds: WATCH_EVERY,
    monitorIntervalSeconds: WATCH_EVERY,
    maintenanceIntervalSeconds: TIDY_EVERY,
  });
  // It recovers by itself; without a listener an error would end the process.
  boss.on('error', (error) => log.warn({ err: error }, 'deliveries: queue error; it recovers by itself'));
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
    take: (most, inGroup) => boss.fetch(QUEUE, { batchSize: most, groupConcurrency: inGroup }),
    async finish(tx, job) {
      await boss.complete(QUEUE, job, null, { db: within(tx) });
    },
    async tryLater(tx, job) {
      await boss.fail(QUEUE, job, null, { db: within(tx) });
    },
    stop: () => boss.stop({ graceful: false }),
  };
}

/** Lets pg-boss work inside a transaction of ours. Its statements are few, so each can be prepared under its digest. */
function within(tx: Queryable): Db {
  return {
    async executeSql(text, values) {
      const name = `pgboss_${createHash('sha256').update(text).digest('base64url').slice(0, 20)}`;
      return { rows: await tx.query<Record<string, unknown>>({ name, text }, values ?? []) };
    },
  };
}
