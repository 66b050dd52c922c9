import assert from 'node:assert/strict';
import { startFloor } from '../floors/start-floor.ts';
import { load, type Outcome } from '../load.ts';
import { inTurns, type Pairs } from '../measure.ts';
import { atLeast, type Row, short } from '../report.ts';
import { ask, type Sent } from '../request.ts';
import type { BenchDatabase } from '../stage/database.ts';
import { callOf } from '../stage/people.ts';
import type { Server } from '../stage/server.ts';
import type { Stage } from '../stage/stage.ts';
import { everybody, type ReadingFace, readings } from './calls.ts';
import { type ProcessorTime, withProcessorTime } from './processor-time.ts';
import { rateRow } from './rate-row.ts';

const WANTED = atLeast(0.35);
/** Bytes; about what a call takes. */
const SMALL = 200;

/** Seeing calls: the token checked, one call or the ongoing ones, which are one. */
export async function measureReading(stage: Stage): Promise<Row[]> {
  await using database = await stage.peopledDatabase();
  await using server = await stage.startServer(database);
  const rows: Row[] = [];
  for (const face of readings) rows.push(await measureFace(stage, database, server, face));
  const asking = await measureAsking(stage, database);
  const share = (row: Row) => short(row.measured.median / asking.measured.median);
  return [
    ...rows.map((row) => ({
      ...row,
      remark: `about ${share(row)} of node:http that asks PostgreSQL each time`,
    })),
    asking,
  ];
}

/** What stands in the way: how much of the floor is left to a server that does nothing but ask PostgreSQL each time. */
async function measureAsking(stage: Stage, database: BenchDatabase): Promise<Row> {
  const [{ sent }] = readings;
  await using asking = await startFloor('asking-answer.ts', String(SMALL), database.url);
  await using floor = await startFloor('constant-answer.ts', String(SMALL));
  const path = 'node:http that looks token and call up in PostgreSQL, simultaneous requests together';
  return rateRow(
    { path, floor: `node:http with ${SMALL} constant bytes`, wanted: undefined },
    await inTurnsWith(stage, database, sent, floor, asking),
  );
}

async function measureFace(
  stage: Stage,
  database: BenchDatabase,
  server: Server,
  { path, sent }: ReadingFace,
): Promise<Row> {
  const { text } = await ask(server.url, sent(1), 200);
  assert.ok(text.includes(callOf(1)), `${path}: ${text}`);
  await using floor = await startFloor('constant-answer.ts', String(text.length));

  return rateRow(
    { path, floor: `node:http with ${text.length} constant bytes`, wanted: WANTED },
    await inTurnsWith(stage, database, sent, floor, server),
  );
}

async function inTurnsWith(
  { scale: { people, rounds, roundMs, warmUpMs }, connections }: Stage,
  database: BenchDatabase,
  sent: ReadingFace['sent'],
  floor: Server,
  server: Server,
): Promise<Pairs<Outcome & ProcessorTime, Outcome & ProcessorTime>> {
  const requests: Sent[] = everybody(people, sent);
  const read = (side: Server, ms: number) =>
    withProcessorTime(side, database, () => load({ url: side.url, requests, status: 200, connections, ms }));
  for (const side of warmUpMs > 0 ? [floor, server] : []) await read(side, warmUpMs);
  return inTurns(
    rounds,
    () => read(floor, roundMs),
    () => read(server, roundMs),
  );
}
