import { setTimeout as sleep } from 'node:timers/promises';
import { startFloor } from '../floors/start-floor.ts';
import { openAndEnd } from '../load.ts';
import { spreadOf } from '../measure.ts';
import { atMost, type Row, short } from '../report.ts';
import { ask, bearer, filled, type Sent } from '../request.ts';
import type { BenchDatabase } from '../stage/database.ts';
import { tokenOf } from '../stage/people.ts';
import { megabytesOf } from '../stage/processes.ts';
import type { Stage } from '../stage/stage.ts';
import { BASE_PATH, camaraOpening, everybody } from './calls.ts';

const ending = (person: number): Sent => ({
  method: 'DELETE',
  path: `${BASE_PATH}/calls/{found}`,
  headers: bearer(tokenOf(person)),
});

/**
 * The first start of a version strips the types off its sources, and keeps the 17 MB that it takes until it ends; later
 * starts read what the first has kept.
 */
async function keepCompiled(stage: Stage, database: BenchDatabase): Promise<void> {
  await using _first = await stage.startServer(database);
}

/** What stands in the way: what is there before a line of the server's own runs. */
async function measureLibraries(settleMs: number): Promise<Row> {
  await using libraries = await startFloor('libraries-alone.ts');
  await using bare = await startFloor('constant-answer.ts', '200');
  await sleep(settleMs);
  return {
    path: 'memory of a process that has loaded the larger libraries, and does nothing',
    floor: '',
    wanted: undefined,
    measured: spreadOf([megabytesOf(libraries.pid)]),
    unit: 'MB',
    figures: `${short(megabytesOf(bare.pid))} MB of them a bare node:http server`,
  };
}

/** What the server's process holds: when it has just started, and when a great many calls have come and gone. */
export async function measureMemory(stage: Stage): Promise<Row[]> {
  const { people, rememberedCalls, settleMs } = stage.scale;
  await using database = await stage.peopledDatabase();
  await keepCompiled(stage, database);
  await using server = await stage.startServer(database);
  await sleep(settleMs);
  const atRest = megabytesOf(server.pid);

  const { text } = await ask(server.url, filled(camaraOpening.sent(0), '{serial}', '1999999'), 201);
  const { callId } = JSON.parse(text) as { callId: string };
  await ask(server.url, filled(ending(0), '{found}', callId), 204);
  const { requests } = await openAndEnd(server.url, {
    opens: everybody(people, camaraOpening.sent),
    ends: everybody(people, ending),
    calls: rememberedCalls,
  });
  const busy = megabytesOf(server.pid);
  await sleep(settleMs);
  const afterwards = megabytesOf(server.pid);

  const calls = `${rememberedCalls.toLocaleString('en')} calls`;
  return [
    {
      path: 'memory after the start',
      floor: '',
      wanted: atMost(120),
      measured: spreadOf([atRest]),
      unit: 'MB',
      figures: 'resident memory of the server’s process',
    },
    await measureLibraries(settleMs),
    {
      path: `memory after ${calls} opened and ended`,
      floor: '',
      wanted: atMost(400), // as much as under load, because V8 decides when it returns what is free
      measured: spreadOf([afterwards]),
      unit: 'MB',
      figures: `at rest; ${short(busy)} MB after the last of ${requests.toLocaleString('en')} requests`,
    },
  ];
}
