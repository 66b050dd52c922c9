import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVER } from '../../src/platform/database/embedded/roles.ts';
import { addHooked } from '../core/events/hooked.ts';
import { startNode, type TestApp } from '../harness/app.ts';
import type { Answer } from '../harness/browser.ts';
import { type Postgres, startPostgres } from '../harness/postgres.ts';
import { startProxy } from '../harness/proxy.ts';
import { until } from '../harness/until.ts';
import { prepareDatabaseRequests } from '../platform/http/database-requests.ts';

type Way = Awaited<ReturnType<typeof startProxy>>;

/** Starts the trouble. Resolves when it is over. */
export type Trouble = (postgres: Postgres, way: Way) => Promise<void>;

export const TROUBLES: Readonly<Record<string, Trouble>> = {
  'a restart': async (postgres) => {
    await postgres.restart('SIGINT');
  },
  'a stall of 5 s': async (postgres) => {
    const goOn = postgres.stall();
    await sleep(5_000).finally(goOn);
  },
  'dropped packets for 3 s': async (_postgres, way) => {
    way.swallow();
    await sleep(3_000);
    way.recover();
  },
};

export interface TroubleReport {
  /** Requests during the trouble. */
  readonly requests: number;
  /** Those with status 503. */
  readonly unavailable: number;
  /** The slowest of these, in milliseconds. */
  readonly slowest: number;
  /** Milliseconds from the end of the trouble until all requests succeed. */
  readonly slowestReturn: number;
}

const WAVE_EVERY_MS = 500;
/** For responses with 503; successful requests may take longer on a slow machine. */
const ANSWER_WITHIN_MS = 2_000;
const BACK_WITHIN_MS = 5_000;
/** Deliveries that were lost with a connection are taken again after 40 seconds. */
const DELIVERED_WITHIN_S = 60;

/** A node that reaches its database through a proxy. */
export async function startTroubledNode() {
  const postgres = await startPostgres();
  const way = await startProxy(postgres.url);
  const { host, port, database } = way.settings;
  const app = await startNode(
    { databaseUrl: postgres.url, serverUrl: `postgresql://${SERVER}@${host}:${port}/${database}` },
    { SESSION_LEASE: '1', SINK_ALLOW_HOSTS: '127.0.0.1' },
  );
  const { requests } = await prepareDatabaseRequests(app);
  const hooked = await addHooked(app);
  const wave = () => Promise.all(Object.values(requests).map(timed));
  await app.database.query({ name: 'sleep', text: 'SELECT pg_sleep(1)' }); // every connection is used now
  await wave();
  const others = await fewestConnectionsOfOthers(app);

  return {
    /** Sends requests to all APIs during the trouble, and until all succeed again. */
    async meet(trouble: Trouble, rounds: number): Promise<TroubleReport> {
      const answers: Timed[] = [];
      let slowestReturn = 0;
      for (let round = 0; round < rounds; round++) {
        answers.push(...(await during(trouble(postgres, way), wave)));
        const over = performance.now();
        await until('all do well', async () => (await wave()).every(doesWell), BACK_WITHIN_MS / 1000);
        slowestReturn = Math.max(slowestReturn, performance.now() - over);
        await until('no connection is left over', async () => {
          const now = await connectionsOfOthers(app);
          return now !== undefined && now <= others;
        });
        const call = await hooked.open();
        const isDelivered = () => hooked.receiver.received.some(({ body }) => body.includes(call));
        await until('its event is delivered', isDelivered, DELIVERED_WITHIN_S);
      }
      assert.deepEqual(answers.filter((each) => !doesWell(each) && !says503(each)).map(inWords), []);
      const unavailable = answers.filter(says503);
      assert.deepEqual(unavailable.filter(({ ownMs }) => ownMs > ANSWER_WITHIN_MS).map(inWords), []);
      return {
        requests: answers.length,
        unavailable: unavailable.length,
        slowest: Math.round(Math.max(...unavailable.map(({ ms }) => ms))),
        slowestReturn: Math.round(slowestReturn),
      };
    },
  };
}

/** Counts the ticks of this process: few if the machine is busy. */
let ticks = 0;
const TICK_MS = 25;
setInterval(() => ticks++, TICK_MS).unref();

interface Timed {
  readonly answer: Answer;
  readonly ms: number;
  /** In ticks of this process, which is both the node and its clients. */
  readonly ownMs: number;
}

async function timed(send: () => Promise<Answer>): Promise<Timed> {
  const [sent, tick] = [performance.now(), ticks];
  const answer = await send();
  return { answer, ms: performance.now() - sent, ownMs: (ticks - tick) * TICK_MS };
}

/** Sends waves of requests, without waiting for the previous wave. */
async function during(trouble: Promise<void>, wave: () => Promise<Timed[]>): Promise<Timed[]> {
  const waves: Promise<Timed[]>[] = [];
  const next = () => waves.push(wave());
  next();
  const timer = setInterval(next, WAVE_EVERY_MS);
  await trouble.finally(() => clearInterval(timer));
  return (await Promise.all(waves)).flat();
}

function doesWell({ answer }: Timed): boolean {
  return answer.status < 500;
}

function says503({ answer }: Timed): boolean {
  return answer.status === 503 && /^[1-9]\d*$/.test(answer.headers.get('retry-after') ?? '');
}

function inWords({ answer, ms }: Timed): string {
  return `${answer.status} after ${Math.round(ms)} ms: ${answer.text.slice(0, 200)}`;
}

/** A connection that just opens or closes is not in the pool, so a single look may see one too many. */
async function fewestConnectionsOfOthers(app: TestApp): Promise<number> {
  let fewest = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1_000;
  while (performance.now() < end || fewest === Number.POSITIVE_INFINITY) {
    fewest = Math.min(fewest, (await connectionsOfOthers(app)) ?? fewest);
    await sleep(20);
  }
  return fewest;
}

/** The connections of this node without those for statements: listeners and probes. Undefined while statements run. */
async function connectionsOfOthers(app: TestApp): Promise<number | undefined> {
  const [row] = await app.sql<{ count: number }>(
    'SELECT count(*)::integer FROM pg_stat_activity WHERE usename = $1',
    [SERVER],
  );
  const use = app.database.connections();
  const idle = use.every(({ busy, waiting }) => busy === 0 && waiting === 0);
  const open = use.reduce((sum, each) => sum + each.open, 0);
  return idle && row ? row.count - open : undefined;
}
