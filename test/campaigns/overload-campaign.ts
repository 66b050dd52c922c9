import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { addUsers, numberOf, tokenOf } from '../../bench/environment/users.ts';
import { startAtRate } from '../../bench/load/at-rate.ts';
import { choosePorts, startPhones } from '../../bench/load/sip-phones.ts';
import { quantile } from '../../bench/measure.ts';
import { bearer, JSON_BODY } from '../../bench/request.ts';
import { ServerOverloaded } from '../../src/core/calls/call-errors.ts';
import { createDatabase, dropDatabase } from '../harness/app.ts';
import { afterFile } from '../harness/clean-up.ts';
import { freePort } from '../harness/free-port.ts';
import { startServer } from '../harness/server-process.ts';
import { until } from '../harness/until.ts';

export interface Load {
  /** Calls requested per second, whatever becomes of those before. */
  readonly perSecond: number;
  readonly ms: number;
}

/** What became of the requests for calls. */
export interface LoadReport {
  readonly requested: number;
  readonly refused: number;
  /** Calls of which both phones were called, and had the end that the API acknowledged. */
  readonly good: number;
  /** Good calls per second. */
  readonly goodput: number;
  /** Calls that were opened, and were not good. */
  readonly bad: number;
  /** Milliseconds from a request to its refusal, at the client; 0 without a refusal. */
  readonly refusal: { readonly p50: number; readonly p99: number };
  /** Milliseconds from a request to its acceptance, at the client. */
  readonly acceptance: { readonly p50: number; readonly p99: number };
  /** Seconds of processor time of this process, the generator of the load. */
  readonly generatorCpu: number;
}

/** A server with the carrier `sip`, in its own process, and phones for its calls. */
export interface OverloadStage {
  run(load: Load): Promise<LoadReport>;
  /** Milliseconds within which the server answered 99 % of all refusals so far, by its metrics, which know some bounds. */
  refusalBoundMs(): Promise<number>;
}

const USERS = 10_000;
/** From the acceptance to the end. The phones cannot be cancelled, so they must have answered by then. */
const TALK_MS = 1_000;
const RETRY_MS = 100;
/** Seconds until phones and tables have had the end of the last call. */
const DRAIN_S = 45;
/** To sipp a repeated ACK or BYE that arrives after the end of its call is another call. It must not exit before the last call. */
const SPARE = 10;
const METRICS_TOKEN = 'metrics-of-the-overload-campaign';
const agent = new Agent({ keepAlive: true });

export async function startOverloadStage(): Promise<OverloadStage> {
  const databaseUrl = await createDatabase();
  const pool = new pg.Pool({ connectionString: databaseUrl });
  afterFile(async () => {
    await pool.end();
    await dropDatabase(databaseUrl);
  });
  const sql = async <Row extends object>(statement: string, values: readonly unknown[] = []) =>
    (await pool.query<Row & pg.QueryResultRow>(statement, [...values])).rows;
  await addUsers(
    { url: databaseUrl, sql, [Symbol.asyncDispose]: async () => {} },
    { users: USERS, calls: 2 * USERS },
  );
  const ports = await choosePorts();
  const { url } = await startServer({
    DATABASE_URL: databaseUrl,
    METRICS_TOKEN,
    CARRIER: 'sip',
    SIP_LISTEN: `udp:127.0.0.1:${await freePort()}`,
    SIP_CALLER_ADDRESS: `sip:{number}@127.0.0.1:${ports.callers}`,
    SIP_CALLEE_ADDRESS: `sip:{number}@127.0.0.1:${ports.callees}`,
  });
  let serial = 2_000_000;

  /** @returns the id of the call; undefined if it is refused */
  async function open(user: number): Promise<string | undefined> {
    const body = JSON.stringify({ caller: numberOf(user), callee: `+1212${serial++}` });
    const answer = await send(`${url}/api/v1/calls`, 'POST', user, body);
    const { id, code } = JSON.parse(answer.text) as { id: string; code?: string };
    if (answer.status === 201) return id;
    assert.equal(code, ServerOverloaded.declaration.code, answer.text);
    assert.equal(answer.retryAfter, '1');
    return undefined;
  }

  async function end(user: number, id: string): Promise<void> {
    const { status } = await send(`${url}/api/v1/calls/${id}`, 'DELETE', user);
    if (status === 503) await sleep(RETRY_MS).then(() => end(user, id));
    else assert.equal(status, 204);
  }

  const isOver = async () => {
    await sleep(RETRY_MS);
    const left = await sql(
      `SELECT FROM calls WHERE ended_at IS NULL AND client_reference IS DISTINCT FROM 'standing'
        UNION ALL SELECT FROM carried_legs LIMIT 1`,
    );
    return left.length === 0;
  };

  return {
    async run({ perSecond, ms }) {
      const requested = Math.round((perSecond * ms) / 1000);
      const phones = await startPhones(ports, SPARE * requested);
      const usage = process.cpuUsage();
      const times = { refused: [] as number[], accepted: [] as number[] };
      const startedAt = performance.now();
      await startAtRate({ count: requested, perSecond }, async (index) => {
        const user = index % USERS;
        const requestedAt = performance.now();
        const id = await open(user);
        times[id === undefined ? 'refused' : 'accepted'].push(performance.now() - requestedAt);
        if (id === undefined) return;
        await sleep(TALK_MS);
        await end(user, id);
      });
      const seconds = (performance.now() - startedAt - TALK_MS) / 1000;
      const { user, system } = process.cpuUsage(usage);
      await until('all calls and legs are over', isOver, DRAIN_S);
      const { good } = await phones.finish(RETRY_MS);
      return {
        requested,
        refused: times.refused.length,
        good,
        goodput: good / seconds,
        bad: times.accepted.length - good,
        refusal: quantiles(times.refused),
        acceptance: quantiles(times.accepted),
        generatorCpu: (user + system) / 1e6,
      };
    },

    async refusalBoundMs() {
      const response = await fetch(`${url}/metrics`, { headers: bearer(METRICS_TOKEN) });
      return readRefusalBound(await response.text());
    },
  };
}

interface ApiAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** By node:http, which costs half as much as fetch. */
function send(url: string, method: string, user: number, body = ''): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { ...bearer(tokenOf(user)), ...(body && JSON_BODY), 'content-length': body.length };
    request(url, { agent, method, headers }, async (response) => {
      const { statusCode: status = 0, headers } = response;
      resolve({ status, retryAfter: headers['retry-after'], text: await text(response) });
    })
      .on('error', reject)
      .end(body);
  });
}

function quantiles(values: readonly number[]): { p50: number; p99: number } {
  const sorted = values.toSorted((a, b) => a - b);
  return { p50: quantile(sorted, 0.5) || 0, p99: quantile(sorted, 0.99) || 0 };
}

const BUCKET = /^clicktocall_http_request_duration_seconds_bucket\{le="([^"]+)".*status="503".*\} (\d+)$/gm;

function readRefusalBound(metrics: string): number {
  const buckets = [...metrics.matchAll(BUCKET)].filter(([line]) => line.includes('POST'));
  const total = Number(buckets.at(-1)?.[2] ?? 0);
  const [, seconds = 0] = buckets.find(([, , count]) => Number(count) >= 0.99 * total) ?? [];
  return Number(seconds) * 1000;
}
