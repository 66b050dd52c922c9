import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../../bench/measure.ts';
import { insertWebhook, moveCall, openCallOf, WHOLE_LIFE } from '../core/events/events.ts';
import { afterFile } from '../harness/clean-up.ts';
import { createPool } from '../harness/pool.ts';
import { startServer } from '../harness/server-process.ts';

export interface Fairness {
  /** p99 from the event to its receipt, in milliseconds, on a server without other deliveries. */
  readonly quiet: number;
  /** The same, beside clients whose receivers hang. */
  readonly beside: number;
  /** Events on each server. */
  readonly events: number;
  /** Attempts that the silent receivers got. */
  readonly hanging: number;
  /** Calls of their clients. */
  readonly opened: number;
}

export interface Extent {
  readonly seconds: number;
  /** Finished deliveries of the good client, before. */
  readonly history: number;
}

export const SILENT_CLIENTS = ['silent', 'mute'];
export const HOOKS = 10;
export const CALLS = 30;
/** Events of the good client at the same time, in every other round. */
export const BURST = 5;
/** An event that has not arrived by then counts as this late. */
const MAX_WAIT_MS = 20_000;
/** The silent clients open their calls again and again, for all the time. */
const CALLS_EVERY_MS = 30_000;
const PAUSE_MS = 20;
/** Addresses of this machine: each is a host of its own. */
const addressOf = (client: number, index: number) => `127.0.${client + 1}.${index + 1}`;

/** Measures the webhook of one client on two servers in turns: one is quiet, on the other the receivers of two others hang. */
export async function measureFairness(
  [quietUrl = '', besideUrl = '']: readonly string[],
  { seconds, history }: Extent,
): Promise<Fairness> {
  const [good, silent] = await Promise.all([startGoodReceiver(), startSilentReceiver()]);
  const [quiet, beside] = await Promise.all([
    startSide(quietUrl, good.port, history),
    startSide(besideUrl, good.port, history),
  ]);
  for (const [number, clientId] of SILENT_CLIENTS.entries())
    for (let hook = 0; hook < HOOKS; hook++)
      await insertWebhook(beside, {
        clientId,
        url: `http://${addressOf(number, hook)}:${silent.port}/hook`,
      });

  let opened = 0;
  const openSilent = async (clientId: string, number: number) => {
    for (let call = 0; call < CALLS; call++) {
      const sink = `http://${addressOf(number, HOOKS + call)}:${silent.port}/sink`;
      const id = await openCallOf(beside, { userName: clientId, clientId, sink });
      for (const state of WHOLE_LIFE) await moveCall(beside, id, state);
      opened++;
    }
  };

  const delays = { quiet: [] as number[], beside: [] as number[] };
  const end = performance.now() + seconds * 1000;
  let openAt = performance.now();
  for (let round = 0; performance.now() < end; round++) {
    if (performance.now() >= openAt) {
      await Promise.all(SILENT_CLIENTS.map(openSilent));
      openAt += CALLS_EVERY_MS;
    }
    const count = round % 2 === 0 ? 1 : BURST;
    delays.quiet.push(...(await delaysOf(quiet, good, count)));
    delays.beside.push(...(await delaysOf(beside, good, count)));
    await sleep(PAUSE_MS);
  }
  await Promise.all([quiet.end(), beside.end()]);
  const p99 = (values: number[]) =>
    quantile(
      values.toSorted((a, b) => a - b),
      0.99,
    );
  return {
    quiet: p99(delays.quiet),
    beside: p99(delays.beside),
    events: delays.beside.length,
    hanging: silent.attempts(),
    opened,
  };
}

/** A server on its own database, with users, the webhook of the client `good`, and what was delivered to it before. */
async function startSide(databaseUrl: string, port: number, history: number) {
  const pool = createPool(databaseUrl, 8);
  const sql = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await pool.query(text, values)).rows;
  for (const id of ['good', ...SILENT_CLIENTS]) {
    await sql(`INSERT INTO users (name, password_hash, max_ongoing_calls) VALUES ($1, '', 10000)`, [id]);
    await sql(`INSERT INTO clients (id, name, metadata) VALUES ($1, $1, '{}')`, [id]);
  }
  await insertWebhook({ sql }, { clientId: 'good', url: `http://127.0.0.1:${port}/hook` });
  await sql(
    `BEGIN; SET LOCAL session_replication_role = replica;
     INSERT INTO deliveries (event_id, call_id, client_id, webhook_id, destination, state, attempt_at, ended_at)
     SELECT gen_random_uuid(), 'before' || n, 'good', id, '127.0.0.1 ' || id, 'delivered', NULL, now()
       FROM webhooks, generate_series(1, ${history}) AS n;
     COMMIT; ANALYZE deliveries`,
  );
  const silent = SILENT_CLIENTS.flatMap((_, client) =>
    Array.from({ length: HOOKS + CALLS }, (_, index) => addressOf(client, index)),
  );
  const server = await startServer({
    DATABASE_URL: databaseUrl,
    SINK_ALLOW_HOSTS: ['127.0.0.1', ...silent].join(','),
    LOG_LEVEL: 'error',
  });
  return {
    sql,
    async end() {
      await server.stop('SIGKILL');
      await pool.end();
    },
  };
}

type Side = Awaited<ReturnType<typeof startSide>>;
type GoodReceiver = Awaited<ReturnType<typeof startGoodReceiver>>;

/** Milliseconds from each of some simultaneous events, by the clock of the database, until its receipt. */
function delaysOf(side: Side, good: GoodReceiver, count: number): Promise<number[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const id = await openCallOf(side, { userName: 'good', clientId: 'good' });
      const [event] = await side.sql<{ at: number }>(
        'SELECT (extract(epoch FROM at) * 1000)::float8 AS at FROM call_events WHERE call_id = $1',
        [id],
      );
      return (await good.receiptOf(id)) - (event?.at ?? Number.NaN);
    }),
  );
}

const now = () => performance.timeOrigin + performance.now();

async function startGoodReceiver() {
  const receipts = new Map<string, number>();
  const awaited = new Map<string, (at: number) => void>();
  const server = createServer(async (request, response) => {
    const at = now();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    response.writeHead(204).end();
    const { callId } = JSON.parse(Buffer.concat(chunks).toString()).data;
    receipts.set(callId, at);
    awaited.get(callId)?.(at);
  });
  return {
    port: await listen(server),
    /** When the event of a call arrived; after the longest wait, the time then. */
    async receiptOf(callId: string): Promise<number> {
      const { promise, resolve } = Promise.withResolvers<number>();
      awaited.set(callId, resolve);
      const timer = setTimeout(() => resolve(now()), MAX_WAIT_MS);
      const at = receipts.get(callId) ?? (await promise);
      clearTimeout(timer);
      return at;
    },
  };
}

/** Accepts requests at every address of this machine, and does not answer. */
async function startSilentReceiver() {
  let attempts = 0;
  const server = createServer((request) => {
    attempts++;
    request.resume();
  });
  return { port: await listen(server, '0.0.0.0'), attempts: () => attempts };
}

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  afterFile(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
