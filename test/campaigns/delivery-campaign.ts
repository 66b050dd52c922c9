import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  insertWebhook,
  loseAttempts,
  makeRetriesDue,
  moveCall,
  openCallOf,
  sinkColumns,
  WHOLE_LIFE,
} from '../core/events/events.ts';
import { startReceiver } from '../core/events/receiver.ts';
import { createPool } from '../harness/pool.ts';
import { startServer } from '../harness/server-process.ts';
import { createJudge, SINK_TOKEN } from './delivery-judge.ts';

export interface Campaign {
  /** A multiple of five, because each call has five events. */
  readonly events: number;
  readonly kills: number;
  /** Shortens delays in the database, and responds late instead of never; for the normal test run. */
  readonly hurry: boolean;
}

export interface CampaignReport {
  readonly events: number;
  readonly attempts: number;
  readonly refused: number;
  readonly duplicates: number;
  readonly kills: number;
  readonly lost: number;
  /** Signatures and tokens that do not verify, and events out of order. */
  readonly wrong: readonly string[];
  /** Deliveries that are not finished in the database at the end. */
  readonly unfinished: readonly unknown[];
  readonly seconds: number;
}

const EVENTS_OF_CALL = 1 + WHOLE_LIFE.length;
const DEADLINE_MS = 20 * 60_000;
/** After the last kill; a delivery with six or more refusals would wait for many minutes. */
const STRAGGLERS_AFTER_MS = 5 * 60_000;

const UNFINISHED = `
  SELECT d.id, d.state, d.attempt_at, d.failures,
         (SELECT array_agg(a.problem ORDER BY a.id) FROM delivery_attempts a WHERE a.delivery_id = d.id) AS problems
    FROM deliveries d
   WHERE d.state <> 'delivered'`;

/** Creates events while the server is killed repeatedly, and 30 % of the attempts fail or hang. */
export async function runDeliveryCampaign(databaseUrl: string, campaign: Campaign): Promise<CampaignReport> {
  const started = performance.now();
  const pool = createPool(databaseUrl, 4);
  const sql = async (text: string, values: unknown[] = []) => (await pool.query(text, values)).rows;
  const db = { sql } as Parameters<typeof openCallOf>[0];
  const judge = createJudge(campaign.hurry);
  const receiver = await startReceiver(judge.answer);
  const secret = await prepare(db, receiver.url);
  judge.expectSecret(secret);

  const env = { DATABASE_URL: databaseUrl, SINK_ALLOW_HOSTS: '127.0.0.1', LOG_LEVEL: 'error' };
  let server = await startServer(env);
  const making = makeCalls(db, campaign, receiver.url);
  making.catch(() => {}); // awaited below, unless something else ends the campaign first
  const pause = campaign.hurry ? 1_500 : 8_000;
  for (let kill = 0; kill < campaign.kills; kill++) {
    await sleep(pause);
    await server.stop('SIGKILL');
    server = await startServer(env);
    if (campaign.hurry) await loseAttempts(db);
  }
  await making;
  const killed = performance.now();
  while (judge.accepted() < campaign.events && performance.now() - started < DEADLINE_MS) {
    await sleep(200);
    const late = performance.now() - killed > STRAGGLERS_AFTER_MS;
    if (campaign.hurry || late) await makeRetriesDue(db);
  }
  await sleep(500); // time for surplus deliveries
  await server.stop();
  const unfinished = await sql(UNFINISHED);
  await pool.end();
  return {
    ...judge.report(),
    unfinished,
    events: campaign.events,
    kills: campaign.kills,
    lost: campaign.events - judge.accepted(),
    seconds: Math.round((performance.now() - started) / 1000),
  };
}

/** A user, and a client with a webhook. @returns the webhook's secret */
async function prepare(db: Parameters<typeof insertWebhook>[0], url: string): Promise<string> {
  await db.sql(`INSERT INTO users (name, password_hash, max_ongoing_calls) VALUES ('anna', '', 10000)`);
  await db.sql(`INSERT INTO clients (id, name, metadata) VALUES ('hooked', 'Hooked', '{}')`);
  return insertWebhook(db, { clientId: 'hooked', url: `${url}/webhook` });
}

/** Opens half of the calls with a sink and half for a client with a webhook, spread over the time of the kills. */
async function makeCalls(
  db: Parameters<typeof openCallOf>[0],
  { events, kills, hurry }: Campaign,
  url: string,
): Promise<void> {
  const calls = events / EVENTS_OF_CALL;
  const pause = (kills * (hurry ? 1_000 : 8_000)) / calls;
  for (let made = 0; made < calls; made++) {
    const own =
      made % 2 === 0
        ? { clientId: 'hooked' }
        : { clientId: 'other', ...sinkColumns(randomBytes(16).toString('hex'), `${url}/sink`, SINK_TOKEN) };
    const id = await openCallOf(db, { userName: 'anna', ...own });
    for (const state of WHOLE_LIFE) await moveCall(db, id, state);
    await sleep(pause);
  }
}
