import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { Logger, run, runMigrations } from 'graphile-worker';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { callEvent } from './call-event.ts';
import type { CallRow } from './call-resource.ts';

/** Posts the events of the home-made call service as jobs of graphile-worker. `DATABASE_URL=… webhook-jobs.ts RECEIVER` */
const receiver = process.argv[2] ?? '';
/** Batches, as the documentation of graphile-worker recommends for a high throughput. */
const CONCURRENT_JOBS = 25;
const BATCH = { localQueue: { size: 100 }, completeJobBatchDelay: 0 };
const webhook = new Webhook(`whsec_${btoa('secret of the benchmark, 32 bytes')}`);
const agent = new Agent({ keepAlive: true });

const pgPool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: CONCURRENT_JOBS + 5 });
// Without these, an error of an idle connection would end the process.
pgPool.on('error', () => {});
pgPool.on('connect', (client) => client.on('error', () => {}));
const logger = new Logger(() => () => {});
await runMigrations({ pgPool, logger });
await pgPool.query(readFileSync(join(import.meta.dirname, 'webhook-jobs.sql'), 'utf8'));
await run({
  pgPool,
  logger,
  concurrency: CONCURRENT_JOBS,
  preset: { worker: BATCH },
  taskList: {
    post_webhook: async (payload, { job }) =>
      post(job.id, JSON.stringify(callEvent(payload as CallRow<string>))),
  },
});
console.log('ready');

function post(id: string, body: string): Promise<void> {
  const now = new Date();
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': webhook.sign(id, now, body),
  };
  return new Promise((resolve, reject) => {
    request(receiver, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 204) resolve();
        else reject(new Error(`the receiver answered ${response.statusCode}`));
      });
    })
      .on('error', reject)
      .end(body);
  });
}
