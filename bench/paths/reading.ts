import assert from 'node:assert/strict';
import { startFloor } from '../floors/start-floor.ts';
import { load } from '../load.ts';
import { inTurns } from '../measure.ts';
import { atLeast, type Row } from '../report.ts';
import { ask, type Sent } from '../request.ts';
import { callOf } from '../stage/people.ts';
import type { Server } from '../stage/server.ts';
import type { Stage } from '../stage/stage.ts';
import { everybody, type ReadingFace, readings } from './calls.ts';
import { rateRow } from './rate-row.ts';

const WANTED = atLeast(0.35);

/** Seeing calls: the token checked, one call or the ongoing ones, which are one. */
export async function measureReading(stage: Stage): Promise<Row[]> {
  await using database = await stage.peopledDatabase();
  await using server = await stage.startServer(database);
  const rows: Row[] = [];
  for (const face of readings) rows.push(await measureFace(stage, server, face));
  return rows;
}

async function measureFace(
  { scale: { people, rounds, roundMs, warmUpMs }, connections }: Stage,
  { url }: Server,
  { path, sent }: ReadingFace,
): Promise<Row> {
  const { text } = await ask(url, sent(1), 200);
  assert.ok(text.includes(callOf(1)), `${path}: ${text}`);
  await using floor = await startFloor('constant-answer.ts', String(text.length));

  const requests: Sent[] = everybody(people, sent);
  const read = (from: string, ms: number) => load({ url: from, requests, status: 200, connections, ms });
  for (const side of warmUpMs > 0 ? [floor.url, url] : []) await read(side, warmUpMs);
  const pairs = await inTurns(
    rounds,
    () => read(floor.url, roundMs),
    () => read(url, roundMs),
  );
  return rateRow({ path, floor: `node:http with ${text.length} constant bytes`, wanted: WANTED }, pairs);
}
