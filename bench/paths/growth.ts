import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import type { Server } from '../environment/server.ts';
import { removeOpenedCalls } from '../environment/users.ts';
import { type LoadResult, runLoad } from '../load.ts';
import { measureInTurns, ratios, spreadOf } from '../measure.ts';
import { atMost, formatNumber, type Row } from '../report.ts';
import type { Population } from '../scale.ts';
import { type HotPath, openAndEndCalls, readCalls, readOperations } from './operations.ts';
import { describeProcessorTime, type ProcessorTime, withProcessorTime } from './processor-time.ts';
import { clientCredentials } from './tokens.ts';

/** This many users of each population take part, spread over its tables. */
const ACTIVE_USERS = 1_000;

interface Side extends Population {
  readonly server: Server;
  readonly database: BenchDatabase;
}

const paths: readonly HotPath[] = [
  openAndEndCalls,
  readCalls(readOperations.list),
  readCalls(readOperations.show),
  {
    path: 'POST /oauth/token, client credentials',
    run: (url, _, load) => runLoad({ url, requests: [clientCredentials], status: 200, ...load }),
  },
];

/** Measures whether the hot paths stay as fast with more people and more calls. */
export async function measureGrowth(environment: BenchEnvironment): Promise<Row[]> {
  const [smallest, ...larger] = environment.scale.growth;
  await using small = await startSide(environment, smallest);
  const rows: Row[] = [];
  for (const population of larger) {
    await using large = await startSide(environment, population);
    for (const path of paths) rows.push(await measurePath(environment, path, small, large));
  }
  return rows;
}

async function startSide(
  environment: BenchEnvironment,
  population: Population,
): Promise<Side & AsyncDisposable> {
  const database = await environment.createPopulatedDatabase(population);
  const server = await environment.startServer(database);
  return {
    ...population,
    server,
    database,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function measurePath(
  { connections, scale: { rounds, roundMs, warmUpMs } }: BenchEnvironment,
  { path, run }: HotPath,
  small: Side,
  large: Side,
): Promise<Row> {
  const load = ({ server, database, users }: Side, ms: number) => {
    const active = Math.min(ACTIVE_USERS, users);
    const spread = Array.from({ length: active }, (_, index) => Math.floor((index * users) / active));
    return withProcessorTime(server, database, () => run(server.url, spread, { connections, ms }));
  };
  for (const side of warmUpMs > 0 ? [small, large] : []) await load(side, warmUpMs);
  const pairs = await measureInTurns(
    rounds,
    () => load(small, roundMs),
    () => load(large, roundMs),
    () => Promise.all([small, large].map(({ database }) => removeOpenedCalls(database))),
  );
  const rate = (sides: readonly LoadResult[]) =>
    formatNumber(spreadOf(sides.map((round) => round.rate)).median);
  return {
    path: `${path}, with ${describe(large)}: time per request`,
    floor: describe(small),
    target: atMost(1.2),
    measured: ratios<LoadResult & ProcessorTime>(pairs, (round) => 1 / round.rate),
    figures: `${rate(pairs.server)}/s (against ${rate(pairs.floor)}/s)${describeProcessorTime('request', pairs)}`,
  };
}

function describe({ users, calls }: Population): string {
  return `${users.toLocaleString('en')} people and ${calls.toLocaleString('en')} calls`;
}
