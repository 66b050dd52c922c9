import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import { startMinimalProgram } from '../environment/minimal-program.ts';
import { megabytesOf } from '../environment/processes.ts';
import { openAndEnd } from '../load.ts';
import { spreadOf } from '../measure.ts';
import { atMost, formatNumber, type Row } from '../report.ts';
import { fillPlaceholder, sendOnce } from '../request.ts';
import { apiOpen, callTraffic, endRequest } from './operations.ts';

/**
 * The first start of a version compiles its sources, which takes 17 MB until the process ends. Later starts use the compile cache.
 */
async function fillCompileCache(environment: BenchEnvironment, database: BenchDatabase): Promise<void> {
  await using _first = await environment.startServer(database);
}

/** Measures the memory of the libraries, before any code of the server runs. */
async function measureLibraries(settleMs: number): Promise<Row> {
  await using libraries = await startMinimalProgram('floors/libraries-alone.ts');
  await using bare = await startMinimalProgram('floors/constant-answer.ts', ['200']);
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
  const { requests } = await openAndEnd(server.url, callTraffic(users), { calls: memoryCalls });
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
