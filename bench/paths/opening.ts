import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { means, openCalls } from '../floors/open-call.ts';
import { load, type Outcome } from '../load.ts';
import { inTurns } from '../measure.ts';
import { atLeast, type Bound, type Row } from '../report.ts';
import { ask, filled } from '../request.ts';
import type { BenchDatabase } from '../stage/database.ts';
import { countOpenedCalls, removeOpenedCalls } from '../stage/people.ts';
import type { Server } from '../stage/server.ts';
import type { Stage } from '../stage/stage.ts';
import { camaraOpening, classicOpening, everybody, type OpeningFace } from './calls.ts';
import { rateRow } from './rate-row.ts';

const WANTED = atLeast(1.3);

/** Opening calls: the token checked, the limit decided, the call durable. */
export async function measureOpening(stage: Stage): Promise<Row[]> {
  await using database = await stage.peopledDatabase();
  await using server = await stage.startServer(database);
  const rows: Row[] = [];
  for (const face of [classicOpening, camaraOpening])
    rows.push(await measureFace(stage, { server, database }, face, stage.connections, WANTED));
  return rows;
}

/** The same without anybody beside: what one request takes. */
export async function measureOneAtATime(stage: Stage): Promise<Row[]> {
  await using database = await stage.peopledDatabase();
  await using server = await stage.startServer(database);
  return [await measureFace(stage, { server, database }, classicOpening, 1, undefined)];
}

async function measureFace(
  { scale: { people, rounds, roundMs, warmUpMs } }: Stage,
  on: { server: Server; database: BenchDatabase },
  face: OpeningFace,
  connections: number,
  wanted: Bound | undefined,
): Promise<Row> {
  const { server, database } = on;
  await checkOpening(server.url, database, face);
  const open = (ms: number) => openByServer(on, face, { people, connections, ms });
  if (warmUpMs > 0) await open(warmUpMs);
  const pairs = await inTurns(
    rounds,
    async () => {
      const floor = await openCalls(database, face.opening, { people, connections, ms: roundMs });
      assert.equal(await countOpenedCalls(database), floor.opened);
      return floor;
    },
    () => open(roundMs),
    () => removeOpenedCalls(database),
  );
  const path = connections === 1 ? `${face.path}, one at a time` : face.path;
  return rateRow({ path, floor: `the SQL alone, by ${means}`, wanted }, pairs);
}

async function checkOpening(
  url: string,
  database: BenchDatabase,
  { path, sent }: OpeningFace,
): Promise<void> {
  await removeOpenedCalls(database);
  await ask(url, filled(sent(0), '{serial}', '2000000'), 201);
  const opened = await database.sql(
    'SELECT caller, callee, state FROM calls ORDER BY created_at DESC LIMIT 1',
  );
  assert.deepEqual(opened, [{ caller: '+12025550000', callee: '+12122000000', state: 'connected' }], path);
}

/** Every call that was answered is in the table; of those that were not, one for each connection may be. */
export async function openByServer(
  { server: { url }, database }: { server: Pick<Server, 'url'>; database: BenchDatabase },
  { sent }: OpeningFace,
  { people, connections, ms }: { people: number; connections: number; ms: number },
): Promise<Outcome> {
  const before = await countOpenedCalls(database);
  const outcome = await load({ url, requests: everybody(people, sent), status: 201, connections, ms });
  const opened = (await countAtLast(database)) - before;
  assert.ok(
    opened >= outcome.requests && opened <= outcome.requests + connections,
    `${outcome.requests} calls were answered, and ${opened} opened`,
  );
  return outcome;
}

/** What was under way when the load went away comes to its end. */
async function countAtLast(database: BenchDatabase): Promise<number> {
  for (let last = -1; ; ) {
    const count = await countOpenedCalls(database);
    if (count === last) return count;
    last = count;
    await sleep(100);
  }
}
