import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import { megabytesOf } from '../environment/processes.ts';
import { tokenOf } from '../environment/users.ts';
import { startFloor } from '../floors/start-floor.ts';
import { openAndEnd } from '../load.ts';
import { spreadOf } from '../measure.ts';
import { atMost, formatNumber, type Row } from '../report.ts';
import { type BenchRequest, bearer, fillPlaceholder, sendOnce } from '../request.ts';
import { API_PATH, apiOpen, forEachUser } from './operations.ts';

const endRequest = (user: number): BenchRequest => ({
  method: 'DELETE',
  path: `${API_PATH}/calls/{value}`,
  headers: bearer(tokenOf(user)),
});

/**
 * The first start of a version compiles its sources, which takes 17 MB until the process ends. Later starts use the compile cache.
 */
async function fillCompileCache(environment: BenchEnvironment, database: BenchDatabase): Promise<void> {
  await using _first = await environment.startServer(database);
}

/** Measures the memory of the libraries, before any code of the server runs. */
async function measureLibraries(settleMs: number): Promise<Row> {
  await using libraries = await startFloor('libraries-alone.ts');
  await using bare = await startFloor('constant-answer.ts', ['200']);
  await sleep(settleMs);
  return {
    path: 'memory of a process that only loads the larger libraries',
    floor: '',
    target: undefined,
    measured: spreadOf([megabytesOf(libraries.pid)]),
    unit: 'MB',
    figures: `a bare node:http server takes ${formatNumber(megabytesOf(bare.pid))} MB of this`,
  };
}

/** Measures the memory of the server after its start, and after many calls. */
export async function measureMemory(environment: BenchEnvironment): Promise<Row[]> {
  const { users, memoryCalls, settleMs } = environment.scale;
  await using database = await environment.createDatabaseWithUsers();
  await fillCompileCache(environment, database);
  await using server = await environment.startServer(database);
  await sleep(settleMs);
  const atRest = megabytesOf(server.pid);

  const { text } = await sendOnce(
    server.url,
    fillPlaceholder(apiOpen.request(0), '{serial}', '1999999'),
    201,
  );
  const { id } = JSON.parse(text) as { id: string };
  await sendOnce(server.url, fillPlaceholder(endRequest(0), '{value}', id), 204);
  const { requests } = await openAndEnd(server.url, {
    opens: forEachUser(users, apiOpen.request),
    ends: forEachUser(users, endRequest),
    calls: memoryCalls,
  });
  const busy = megabytesOf(server.pid);
  await sleep(settleMs);
  const idleAgain = megabytesOf(server.pid);

  const calls = `${memoryCalls.toLocaleString('en')} calls`;
  return [
    {
      path: 'memory after the start',
      floor: '',
      target: atMost(120),
      measured: spreadOf([atRest]),
      unit: 'MB',
      figures: 'resident memory of the server’s process',
    },
    await measureLibraries(settleMs),
    {
      path: `memory after ${calls} opened and ended`,
      floor: '',
      target: atMost(400), // as under load, because V8 decides when it returns free memory
      measured: spreadOf([idleAgain]),
      unit: 'MB',
      figures: `at rest; ${formatNumber(busy)} MB after the last of ${requests.toLocaleString('en')} requests`,
    },
  ];
}
