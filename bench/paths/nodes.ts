import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import type { Server } from '../environment/server.ts';
import { removeOpenedCalls } from '../environment/users.ts';
import type { LoadResult } from '../load.ts';
import { measureInTurns, ratios, spreadOf } from '../measure.ts';
import { atMost, formatNumber, type Row } from '../report.ts';
import { forEachUser, type HotPath, openAndEndCalls, readCalls, readOperations } from './operations.ts';
import { describeProcessorTime, type ProcessorTime, startProcessorTime } from './processor-time.ts';

/** Each is compared with half as many nodes. */
const NODES = [2, 4, 8];

const paths = [openAndEndCalls, readCalls(readOperations.list)];

interface Round extends ProcessorTime {
  /** Requests per second. */
  readonly rate: number;
}

/** Measures what more nodes on the same database cost. They share this machine, so only their processor time tells something. */
export async function measureNodes(environment: BenchEnvironment): Promise<Row[]> {
  await using database = await environment.createDatabaseWithUsers();
  await using nodes = new AsyncDisposableStack();
  const servers: Server[] = [];
  for (let started = 0; started < Math.max(...NODES); started++)
    servers.push(nodes.use(await environment.startServer(database)));

  const rows: Row[] = [];
  for (const path of paths)
    for (const count of NODES)
      rows.push(await measurePath(environment, database, path, servers.slice(0, count)));
  return rows;
}

async function measurePath(
  environment: BenchEnvironment,
  database: BenchDatabase,
  { path, run }: HotPath,
  servers: readonly Server[],
): Promise<Row> {
  const { rounds, roundMs, warmUpMs, users } = environment.scale;
  const half = servers.slice(0, servers.length / 2);

  /** The users and the connections are divided among the servers. */
  async function runOn(on: readonly Server[], ms: number): Promise<Round> {
    const processorTime = await startProcessorTime(on, database);
    const connections = Math.ceil(environment.connections / on.length);
    const results = await Promise.all(
      on.map(({ url }, index) => {
        const own = forEachUser(users, (user) => user).filter((user) => user % on.length === index);
        return run(url, own, { connections, ms });
      }),
    );
    const total = (figure: (result: LoadResult) => number) =>
      results.reduce((sum, result) => sum + figure(result), 0);
    return {
      rate: total(({ rate }) => rate),
      ...(await processorTime.takenBy(total(({ requests }) => requests))),
    };
  }

  if (warmUpMs > 0) await runOn(servers, warmUpMs);
  const pairs = await measureInTurns(
    rounds,
    () => runOn(half, roundMs),
    () => runOn(servers, roundMs),
    () => removeOpenedCalls(database),
  );
  const rate = (side: readonly Round[]) => formatNumber(spreadOf(side.map((round) => round.rate)).median);
  return {
    path: `${path}, ${servers.length} nodes: processor time`,
    floor: half.length === 1 ? 'one node' : `${half.length} nodes`,
    target: atMost(1.1),
    measured: ratios<Round>(pairs, ({ node, postgres }) => node + postgres),
    figures: `${rate(pairs.server)}/s (against ${rate(pairs.floor)}/s)${describeProcessorTime('request', pairs)}`,
  };
}
