import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import type { Server } from '../environment/server.ts';
import { countOpenedCalls, removeOpenedCalls } from '../environment/users.ts';
import { floorProgram, openCalls } from '../floors/open-call.ts';
import { type LoadResult, runLoad } from '../load.ts';
import { measureInTurns } from '../measure.ts';
import { atLeast, type Row } from '../report.ts';
import { fillPlaceholder, sendOnce } from '../request.ts';
import { apiOpen, camaraOpen, classicOpen, forEachUser, type OpenOperation } from './operations.ts';
import { rateRow } from './rate-row.ts';

const TARGET = atLeast(1.3);

const QUIET_STEPS = 5;
const QUIET_STEP_MS = 100;

/** Measures opening calls: checks the token, decides the limit, stores the call durably. */
export async function measureOpen(environment: BenchEnvironment): Promise<Row[]> {
  await using database = await environment.createDatabaseWithUsers();
  await using server = await environment.startServer(database);
  const rows: Row[] = [];
  for (const operation of [classicOpen, apiOpen, camaraOpen])
    rows.push(await measureOperation(environment, { server, database }, operation));
  return rows;
}

async function measureOperation(
  { scale: { users, rounds, roundMs, warmUpMs }, connections }: BenchEnvironment,
  on: { server: Server; database: BenchDatabase },
  operation: OpenOperation,
): Promise<Row> {
  const { server, database } = on;
  await checkOpening(server.url, database, operation);
  const open = (ms: number) => openByServer(on, operation, { users, connections, ms });
  if (warmUpMs > 0) await open(warmUpMs);
  const pairs = await measureInTurns(
    rounds,
    async () => {
      const floor = await openCalls(database, operation.options, { users, connections, ms: roundMs });
      assert.equal(await countOpenedCalls(database), floor.opened);
      return floor;
    },
    () => open(roundMs),
    () => removeOpenedCalls(database),
  );
  const floor = `the SQL alone, by ${floorProgram}`;
  return rateRow({ path: operation.path, floor, target: TARGET }, pairs);
}

async function checkOpening(
  url: string,
  database: BenchDatabase,
  { path, request }: OpenOperation,
): Promise<void> {
  await removeOpenedCalls(database);
  await sendOnce(url, fillPlaceholder(request(0), '{serial}', '2000000'), 201);
  const opened = await database.sql(`SELECT caller, state FROM calls WHERE callee = '+12122000000'`);
  assert.deepEqual(opened, [{ caller: '+12025550000', state: 'connected' }], path);
}

/** Checks that every answered call is in the table. At most one unanswered call per connection may be there, too. */
async function openByServer(
  { server: { url }, database }: { server: Pick<Server, 'url'>; database: BenchDatabase },
  { request }: OpenOperation,
  { users, connections, ms }: { users: number; connections: number; ms: number },
): Promise<LoadResult> {
  const before = await countOpenedCalls(database);
  const outcome = await runLoad({ url, requests: forEachUser(users, request), status: 201, connections, ms });
  const opened = (await countWhenFinished(database)) - before;
  assert.ok(
    opened >= outcome.requests && opened <= outcome.requests + connections,
    `${outcome.requests} calls were answered, ${opened} were opened`,
  );
  return outcome;
}

/** Waits until the requests that were running at the end of the load have finished: the database is idle for half a second. */
export async function countWhenFinished(database: BenchDatabase): Promise<number> {
  for (let [last, quiet] = [-1, 0]; ; await sleep(QUIET_STEP_MS)) {
    const count = await countOpenedCalls(database);
    quiet = count === last && (await isIdle(database)) ? quiet + 1 : 0;
    if (quiet === QUIET_STEPS) return count;
    last = count;
  }
}

async function isIdle({ sql }: BenchDatabase): Promise<boolean> {
  const busy = await sql(
    `SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'`,
  );
  return busy.length === 0;
}
