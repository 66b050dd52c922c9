import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import { startMinimalProgram, startWorker } from '../environment/minimal-program.ts';
import { createPeerDatabase } from '../environment/peer-database.ts';
import type { RunningProgram } from '../environment/processes.ts';
import { CLIENT, findOpenedCalls, removeOpenedCalls } from '../environment/users.ts';
import { Arrivals, now } from '../load/arrivals.ts';
import { startAtRate } from '../load/at-rate.ts';
import { runLoad } from '../load.ts';
import { measureInTurns, ratios, spreadOf } from '../measure.ts';
import { atLeast, atMost, formatNumber, type Row } from '../report.ts';
import { bearer, FORM, fillPlaceholder, JSON_BODY, sendOnce } from '../request.ts';
import { countWhenFinished } from './open-calls.ts';
import { API_PATH, apiOpen, forEachUser } from './operations.ts';
import { describeProcessorTime, startProcessorTime } from './processor-time.ts';

const PEER = 'the home-made service with graphile-worker';
/** Calls a second while the latency is measured; few enough for both. */
const STEADY_RATE = 100;

interface Side {
  readonly url: string;
  readonly database: BenchDatabase;
  readonly programs: readonly RunningProgram[];
}

/** Measures webhooks, opening included, to one receiver. */
export async function measureWebhooks(environment: BenchEnvironment): Promise<Row[]> {
  await using database = await environment.createDatabaseWithUsers();
  await using peerDatabase = await createPeerDatabase(environment);
  await using receiver = await startReceiver();
  const env = { DATABASE_URL: peerDatabase.url };
  await using worker = await startWorker('peers/webhook-jobs.ts', [receiver.url], env);
  await using service = await startMinimalProgram('peers/call-service.ts', [], env);
  await using server = await environment.startServer(database, {
    SINK_ALLOW_HOSTS: new URL(receiver.url).host,
  });
  await addWebhook(server.url, receiver.url);
  const peer = { url: service.url, database: peerDatabase, programs: [service, worker] };
  const ours = { url: server.url, database, programs: [server] };
  const measure = <Round>(
    round: (side: Side, arrivals: Arrivals) => Promise<Round>,
    rounds = environment.scale.rounds,
  ) =>
    measureInTurns(
      rounds,
      () => round(peer, receiver.arrivals),
      () => round(ours, receiver.arrivals),
      async () => {
        await Promise.all([peer, ours].map((side) => removeOpenedCalls(side.database)));
        receiver.arrivals.clear();
      },
    );
  const measureRates = (rounds?: number) =>
    measure((side, arrivals) => measureRate(environment, side, arrivals), rounds);
  if (environment.scale.warmUpMs > 0) await measureRates(1);
  const rates = await measureRates();
  const delays = await measure((side, arrivals) => measureDelays(environment, side, arrivals));
  const median = <Round>(rounds: readonly Round[], figure: (round: Round) => number) =>
    formatNumber(spreadOf(rounds.map(figure)).median);
  return [
    {
      path: 'webhooks, opening the calls included',
      floor: PEER,
      target: atLeast(1),
      measured: ratios(rates, ({ rate }) => rate),
      figures:
        `${median(rates.server, ({ rate }) => rate)}/s (against ${median(rates.floor, ({ rate }) => rate)}/s)` +
        describeProcessorTime('webhook', rates),
    },
    {
      path: `webhook after the call was opened, at ${STEADY_RATE} calls a second: p99`,
      floor: PEER,
      target: atMost(1.2),
      measured: ratios(delays, ({ p99 }) => p99),
      figures:
        `p99 ${median(delays.server, ({ p99 }) => p99)} ms (against ${median(delays.floor, ({ p99 }) => p99)} ms), ` +
        `p50 ${median(delays.server, ({ p50 }) => p50)} ms (against ${median(delays.floor, ({ p50 }) => p50)} ms)`,
    },
  ];
}

/** Opens calls as fast as possible, and waits until the webhook of each has arrived. */
async function measureRate(
  { scale: { users, roundMs }, connections }: BenchEnvironment,
  { url, database, programs }: Side,
  arrivals: Arrivals,
) {
  const processorTime = await startProcessorTime(programs, database);
  const startedAt = now();
  const requests = forEachUser(users, apiOpen.request);
  await runLoad({ url, requests, status: 201, connections, ms: roundMs });
  const opened = await countWhenFinished(database);
  const { lastAt } = await arrivals.waitFor(await findOpenedCalls(database));
  return { rate: (opened * 1000) / (lastAt - startedAt), ...(await processorTime.takenBy(opened)) };
}

async function measureDelays(
  { scale: { users, roundMs } }: BenchEnvironment,
  { url, database }: Side,
  arrivals: Arrivals,
) {
  const count = Math.max(1, Math.round((roundMs / 1000) * STEADY_RATE));
  await startAtRate({ count, perSecond: STEADY_RATE }, (index) =>
    sendOnce(
      url,
      fillPlaceholder(apiOpen.request(index % users), '{serial}', String(2_000_000 + index)),
      201,
    ),
  );
  return arrivals.waitFor(await findOpenedCalls(database));
}

interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly arrivals: Arrivals;
}

async function startReceiver(): Promise<Receiver> {
  const arrivals = new Arrivals();
  const receiver = createServer(async (request, response) => {
    const at = now();
    const callId = /"callId":"(\w+)"/.exec(await text(request))?.[1];
    response.writeHead(204).end();
    if (callId !== undefined) arrivals.record(callId, at);
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    arrivals,
    async [Symbol.asyncDispose]() {
      receiver.closeAllConnections();
      receiver.close();
    },
  };
}

/** Adds a webhook with a token of the client itself. */
async function addWebhook(url: string, address: string): Promise<void> {
  const tokenResponse = await sendOnce(
    url,
    {
      method: 'POST',
      path: '/oauth/token',
      headers: { ...FORM, authorization: `Basic ${btoa(`${CLIENT.id}:${CLIENT.secret}`)}` },
      body: 'grant_type=client_credentials&scope=webhooks',
    },
    200,
  );
  const { access_token: token } = JSON.parse(tokenResponse.text) as { access_token: string };
  const headers = { ...JSON_BODY, ...bearer(token) };
  const body = JSON.stringify({ url: address });
  await sendOnce(url, { method: 'POST', path: `${API_PATH}/webhooks`, headers, body }, 201);
}
