import assert from 'node:assert/strict';
import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import { startMinimalProgram } from '../environment/minimal-program.ts';
import { createPeerDatabase } from '../environment/peer-database.ts';
import type { Server } from '../environment/server.ts';
import { removeOpenedCalls } from '../environment/users.ts';
import { connectOnce, type OneConnection } from '../load/one-at-a-time.ts';
import { type LoadResult, openAndEnd, runLoad } from '../load.ts';
import { measureInTurns, spreadOf } from '../measure.ts';
import { atLeast, atMost, formatNumber, type Row } from '../report.ts';
import { fillPlaceholder, sendOnce } from '../request.ts';
import {
  apiOpen,
  callTraffic,
  endRequest,
  forEachUser,
  openAndEndCalls,
  type ReadOperation,
  readOperations,
} from './operations.ts';
import { withProcessorTime } from './processor-time.ts';
import { rateRow } from './rate-row.ts';

const PEER = 'a home-made service: Fastify, postgres.js, `SELECT … FOR UPDATE`';

/** One of the two that are compared. */
interface Side {
  readonly server: Server;
  readonly database: BenchDatabase;
}

interface Sides {
  readonly peer: Side;
  readonly server: Side;
}

/** Measures the main job and reading, against what an engineer would write instead. */
export async function measureCalls(environment: BenchEnvironment): Promise<Row[]> {
  await using database = await environment.createDatabaseWithUsers();
  await using peerDatabase = await createPeerDatabase(environment);
  await using server = await environment.startServer(database);
  await using peer = await startMinimalProgram('peers/call-service.ts', [], {
    DATABASE_URL: peerDatabase.url,
  });
  const sides = { peer: { server: peer, database: peerDatabase }, server: { server, database } };
  await checkOpening(sides);
  return [
    await measureOpenAndEnd(environment, sides),
    await measureOneAtATime(environment, sides),
    await measureReading(environment, sides, readOperations.list),
    await measureReading(environment, sides, readOperations.show),
  ];
}

async function measureOpenAndEnd(
  { scale: { users, rounds, roundMs, warmUpMs }, connections }: BenchEnvironment,
  sides: Sides,
): Promise<Row> {
  const traffic = callTraffic(users);
  const run = ({ server, database }: Side, ms: number) =>
    withProcessorTime(server, database, () => openAndEnd(server.url, traffic, { connections, ms }));
  const pairs = await inTurns(rounds, { roundMs, warmUpMs }, sides, run);
  return rateRow({ path: openAndEndCalls.path, floor: PEER, target: atLeast(1.3) }, pairs);
}

async function measureReading(
  { scale: { users, rounds, roundMs, warmUpMs }, connections }: BenchEnvironment,
  sides: Sides,
  { path, request }: ReadOperation,
): Promise<Row> {
  const [ours, theirs] = await Promise.all(
    [sides.server, sides.peer].map(({ server }) => sendOnce(server.url, request(1), 200)),
  );
  assert.equal(theirs?.text, ours?.text);
  const requests = forEachUser(users, request);
  const run = ({ server, database }: Side, ms: number) =>
    withProcessorTime(server, database, () =>
      runLoad({ url: server.url, requests, status: 200, connections, ms }),
    );
  const pairs = await inTurns(rounds, { roundMs, warmUpMs }, sides, run);
  return rateRow({ path, floor: PEER, target: atLeast(1.3) }, pairs);
}

/** Loads both sides in turns, after each has warmed up. The tables are the same before each round. */
async function inTurns<Result extends LoadResult>(
  rounds: number,
  { roundMs, warmUpMs }: { roundMs: number; warmUpMs: number },
  { peer, server }: Sides,
  run: (side: Side, ms: number) => Promise<Result>,
) {
  const prepare = () => removeAllOpened({ peer, server });
  for (const side of warmUpMs > 0 ? [peer, server] : []) {
    await prepare();
    await run(side, warmUpMs);
  }
  return measureInTurns(
    rounds,
    () => run(peer, roundMs),
    () => run(server, roundMs),
    prepare,
  );
}

async function removeAllOpened({ peer, server }: Sides): Promise<void> {
  await removeOpenedCalls(peer.database);
  await removeOpenedCalls(server.database);
}

/** Opens and ends one call at a time, alternating between the sides, so that a slow disk affects both. */
async function measureOneAtATime(
  { scale: { users, rounds, roundMs } }: BenchEnvironment,
  sides: Sides,
): Promise<Row> {
  using peer = await connectOnce(sides.peer.server.url);
  using server = await connectOnce(sides.server.server.url);
  const measured: { peer: number; server: number }[] = [];
  let serial = 2_000_000;
  for (let round = 0; round < rounds; round++) {
    await removeAllOpened(sides);
    const times = { peer: [] as number[], server: [] as number[] };
    for (const deadline = performance.now() + 2 * roundMs; performance.now() < deadline; serial++) {
      times.peer.push(await timeOfOne(peer, serial % users, serial));
      times.server.push(await timeOfOne(server, serial % users, serial));
    }
    measured.push({ peer: spreadOf(times.peer).median, server: spreadOf(times.server).median });
  }
  const median = (side: 'peer' | 'server') =>
    formatNumber(spreadOf(measured.map((round) => round[side])).median);
  return {
    path: 'open and end a call, one at a time: p50',
    floor: PEER,
    target: atMost(1.3),
    measured: spreadOf(measured.map((round) => round.server / round.peer)),
    figures: `p50 ${median('server')} ms (against ${median('peer')} ms) for both requests`,
  };
}

/** Milliseconds. */
async function timeOfOne(connection: OneConnection, user: number, serial: number): Promise<number> {
  const startedAt = performance.now();
  const { text } = await connection.send(
    fillPlaceholder(apiOpen.request(user), '{serial}', String(serial)),
    201,
  );
  const { id } = JSON.parse(text) as { id: string };
  await connection.send(fillPlaceholder(endRequest(user), '{value}', id), 204);
  return performance.now() - startedAt;
}

/** Both answer with the same bytes, except for the id and the times. */
async function checkOpening({ peer, server }: Sides): Promise<void> {
  const open = async ({ server: { url } }: Side) => {
    const { text } = await sendOnce(url, fillPlaceholder(apiOpen.request(0), '{serial}', '1999999'), 201);
    const { id } = JSON.parse(text) as { id: string };
    await sendOnce(url, fillPlaceholder(endRequest(0), '{value}', id), 204);
    return text.replace(id, 'id').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time');
  };
  assert.equal(await open(peer), await open(server));
}
