import assert from 'node:assert/strict';
import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import type { Server } from '../environment/server.ts';
import { callOf } from '../environment/users.ts';
import { startFloor } from '../floors/start-floor.ts';
import { type LoadResult, runLoad } from '../load.ts';
import { measureInTurns, type Pairs } from '../measure.ts';
import { atLeast, formatNumber, type Row } from '../report.ts';
import { type BenchRequest, sendOnce } from '../request.ts';
import { forEachUser, type ReadOperation, readOperations } from './operations.ts';
import { type ProcessorTime, withProcessorTime } from './processor-time.ts';
import { rateRow } from './rate-row.ts';

const TARGET = atLeast(0.35);
/** Bytes; about the length of a call. */
const RESPONSE_BYTES = 200;

/** Measures reading calls: one call, or the ongoing calls of the user, of which there is one. */
export async function measureRead(environment: BenchEnvironment): Promise<Row[]> {
  await using database = await environment.createDatabaseWithUsers();
  await using server = await environment.startServer(database);
  const rows: Row[] = [];
  for (const operation of readOperations)
    rows.push(await measureOperation(environment, database, server, operation));
  const lookup = await measureTokenLookup(environment, database);
  const share = (row: Row) => formatNumber(row.measured.median / lookup.measured.median);
  return [
    ...rows.map((row) => ({
      ...row,
      remark: `about ${share(row)} of node:http with a look-up in PostgreSQL`,
    })),
    lookup,
  ];
}

/** Measures a server that only looks up each request in PostgreSQL. */
async function measureTokenLookup(environment: BenchEnvironment, database: BenchDatabase): Promise<Row> {
  const [{ request }] = readOperations;
  await using lookup = await startFloor('token-lookup.ts', [String(RESPONSE_BYTES)], {
    DATABASE_URL: database.url,
  });
  await using floor = await startFloor('constant-answer.ts', [String(RESPONSE_BYTES)]);
  const path = 'node:http with a look-up of token and call in PostgreSQL, shared by simultaneous requests';
  return rateRow(
    { path, floor: `node:http with ${RESPONSE_BYTES} constant bytes`, target: undefined },
    await measureReads(environment, database, request, floor, lookup),
  );
}

async function measureOperation(
  environment: BenchEnvironment,
  database: BenchDatabase,
  server: Server,
  { path, request }: ReadOperation,
): Promise<Row> {
  const { text } = await sendOnce(server.url, request(1), 200);
  assert.ok(text.includes(callOf(1)), `${path}: ${text}`);
  await using floor = await startFloor('constant-answer.ts', [String(text.length)]);

  return rateRow(
    { path, floor: `node:http with ${text.length} constant bytes`, target: TARGET },
    await measureReads(environment, database, request, floor, server),
  );
}

async function measureReads(
  { scale: { users, rounds, roundMs, warmUpMs }, connections }: BenchEnvironment,
  database: BenchDatabase,
  request: ReadOperation['request'],
  floor: Server,
  server: Server,
): Promise<Pairs<LoadResult & ProcessorTime, LoadResult & ProcessorTime>> {
  const requests: BenchRequest[] = forEachUser(users, request);
  const read = (side: Server, ms: number) =>
    withProcessorTime(side, database, () =>
      runLoad({ url: side.url, requests, status: 200, connections, ms }),
    );
  for (const side of warmUpMs > 0 ? [floor, server] : []) await read(side, warmUpMs);
  return measureInTurns(
    rounds,
    () => read(floor, roundMs),
    () => read(server, roundMs),
  );
}
