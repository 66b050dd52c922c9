import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import { startMinimalProgram } from '../environment/minimal-program.ts';
import { createPeerDatabase } from '../environment/peer-database.ts';
import type { RunningProgram } from '../environment/processes.ts';
import { findOpenedCalls, removeOpenedCalls, tokenOf } from '../environment/users.ts';
import { Arrivals, type Delays, now } from '../load/arrivals.ts';
import { connectOnce } from '../load/one-at-a-time.ts';
import { measureInTurns, type Pairs, ratios, spreadOf } from '../measure.ts';
import { atMost, formatNumber, type Row } from '../report.ts';
import { bearer, fillPlaceholder } from '../request.ts';
import { API_PATH, apiOpen, forEachUser } from './operations.ts';
import { describeProcessorTime, type ProcessorTime, startProcessorTime } from './processor-time.ts';

const PEER = 'node:http with LISTEN and NOTIFY, and the home-made service';

interface Side {
  /** Opens calls. */
  readonly url: string;
  readonly database: BenchDatabase;
  readonly programs: readonly RunningProgram[];
  readonly arrivals: Arrivals;
}

type Round = Delays & ProcessorTime;

/** Measures live streams: people with a stream each, and an event for each of them. */
export async function measureStreams(environment: BenchEnvironment): Promise<Row[]> {
  await using database = await environment.createDatabaseWithUsers();
  await using peerDatabase = await createPeerDatabase(environment);
  const env = { DATABASE_URL: peerDatabase.url };
  await using streams = await startMinimalProgram('peers/event-streams.ts', [], env);
  await using service = await startMinimalProgram('peers/call-service.ts', [], env);
  await using server = await environment.startServer(database);
  const people = environment.scale.streams;
  using theirs = await followStreams(streams.url, people);
  using ours = await followStreams(server.url, people);
  const sides = [
    { url: service.url, database: peerDatabase, programs: [streams, service], arrivals: theirs.arrivals },
    { url: server.url, database, programs: [server], arrivals: ours.arrivals },
  ] as const;
  const run = (side: Side) => openForEach(side, environment);
  const prepare = () => Promise.all(sides.map((side) => removeOpenedCalls(side.database)));
  if (environment.scale.warmUpMs > 0)
    await measureInTurns(
      1,
      () => run(sides[0]),
      () => run(sides[1]),
      prepare,
    );
  const pairs = await measureInTurns(
    environment.scale.rounds,
    () => run(sides[0]),
    () => run(sides[1]),
    prepare,
  );
  const path = `event to its live stream, of ${people.toLocaleString('en')}`;
  const total = ({ node, postgres }: Round) => node + postgres;
  return [
    rowOf(`${path}: p50`, 2, pairs, ({ p50 }) => p50, milliseconds(pairs, 'p50')),
    rowOf(`${path}: p99`, 1.3, pairs, ({ p99 }) => p99, milliseconds(pairs, 'p99')),
    rowOf(
      `${path}: processor time, opening the call included`,
      1.5,
      pairs,
      total,
      describeProcessorTime('event', pairs).slice('; '.length),
    ),
  ];
}

function rowOf(
  path: string,
  limit: number,
  pairs: Pairs<Round, Round>,
  figure: (round: Round) => number,
  figures: string,
): Row {
  return { path, floor: PEER, target: atMost(limit), measured: ratios(pairs, figure), figures };
}

function milliseconds({ floor, server }: Pairs<Round, Round>, figure: keyof Delays): string {
  const median = (rounds: readonly Round[]) =>
    formatNumber(spreadOf(rounds.map((round) => round[figure])).median);
  return `${median(server)} ms (against ${median(floor)} ms)`;
}

/** Opens a call for each person, on as many connections as the other paths have, and waits for its event. */
async function openForEach(
  { url, database, programs, arrivals }: Side,
  { connections, scale: { streams: people } }: BenchEnvironment,
): Promise<Round> {
  arrivals.clear();
  const processorTime = await startProcessorTime(programs, database);
  let next = 0;
  const openSome = async () => {
    using connection = await connectOnce(url);
    for (let user = next++; user < people; user = next++)
      await connection.send(
        fillPlaceholder(apiOpen.request(user), '{serial}', String(2_000_000 + user)),
        201,
      );
  };
  await Promise.all(Array.from({ length: connections }, openSome));
  const delays = await arrivals.waitFor(await findOpenedCalls(database));
  return { ...(await processorTime.takenBy(people)), ...delays };
}

/** Follows a stream for each person. Resolves when all have started. */
async function followStreams(url: string, people: number): Promise<Disposable & { arrivals: Arrivals }> {
  const arrivals = new Arrivals();
  const requests: ClientRequest[] = [];
  const follow = async (token: string) => {
    const request = get(`${url}${API_PATH}/events`, { headers: bearer(token), agent: false });
    requests.push(request);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 200);
    const onText = (chunk: string) => {
      const at = now();
      for (const [, callId = ''] of chunk.matchAll(/"callId":"(\w+)"/g)) arrivals.record(callId, at);
    };
    response
      .setEncoding('utf8')
      .on('data', onText)
      .on('error', () => {});
    request.on('error', () => {});
  };
  await Promise.all(forEachUser(people, (user) => follow(tokenOf(user))));
  return {
    arrivals,
    [Symbol.dispose]() {
      for (const request of requests) request.destroy();
    },
  };
}
