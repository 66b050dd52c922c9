import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import { cpuSecondsOf, postgresCpuSeconds } from '../environment/processes.ts';
import type { Server } from '../environment/server.ts';
import { removeOpenedCalls } from '../environment/users.ts';
import { type LoadResult, runLoad } from '../load.ts';
import { measureInTurns, ratios, spreadOf } from '../measure.ts';
import { formatNumber, type Row } from '../report.ts';
import { classicOpen, forEachUser, readOperations } from './operations.ts';

/** The rate of a round, and the processor time per second of its duration. */
interface Round {
  readonly rate: number;
  readonly postgres: number;
  readonly nodes: number;
  readonly load: number;
}

/** Measures what a second node on the same database adds. */
export async function measureNodes(environment: BenchEnvironment): Promise<Row[]> {
  await using database = await environment.createDatabaseWithUsers();
  await using first = await environment.startServer(database);
  await using second = await environment.startServer(database);
  const paths = [
    { ...classicOpen, status: 201 },
    { ...readOperations.list, status: 200 },
  ];
  const { rounds, roundMs, warmUpMs, users } = environment.scale;
  const rows: Row[] = [];
  for (const { path, request, status } of paths) {
    const requests = forEachUser(users, request);
    const run = (servers: readonly Server[], ms: number) =>
      measureRound(database, servers, ms, (url, connections, serial) =>
        runLoad({ url, requests, status, connections, ms, serial }),
      );
    if (warmUpMs > 0) await run([first, second], warmUpMs);
    const pairs = await measureInTurns(
      rounds,
      () => run([first], roundMs),
      () => run([first, second], roundMs),
      () => removeOpenedCalls(database),
    );
    rows.push({
      path: `${path}, two nodes`,
      floor: 'one node',
      target: undefined,
      measured: ratios(pairs, ({ rate }) => rate),
      figures: `${describeRounds(pairs.server)}; one node: ${describeRounds(pairs.floor)}`,
    });
  }
  return rows;

  async function measureRound(
    on: BenchDatabase,
    servers: readonly Server[],
    ms: number,
    send: (url: string, connections: number, serial: number) => Promise<LoadResult>,
  ): Promise<Round> {
    const connections = Math.ceil(environment.connections / servers.length);
    const cpu = async () => ({
      postgres: await postgresCpuSeconds(on),
      nodes: servers.reduce((sum, { pid }) => sum + cpuSecondsOf(pid), 0),
    });
    const before = await cpu();
    const outcomes = await Promise.all(
      servers.map(({ url }, index) => send(url, connections, 2_000_000 + index * 4_000_000)),
    );
    const after = await cpu();
    const sum = (figure: (outcome: LoadResult) => number) =>
      outcomes.reduce((total, outcome) => total + figure(outcome), 0);
    return {
      rate: sum(({ rate }) => rate),
      postgres: (after.postgres - before.postgres) / (ms / 1000),
      nodes: (after.nodes - before.nodes) / (ms / 1000),
      load: sum(({ cpuSeconds }) => cpuSeconds) / (ms / 1000),
    };
  }
}

/** Processor time in cores, to a hundredth. */
function describeRounds(rounds: readonly Round[]): string {
  const median = (figure: (round: Round) => number) => spreadOf(rounds.map(figure)).median;
  const cores = (figure: (round: Round) => number) => median(figure).toFixed(2);
  return (
    `${formatNumber(median(({ rate }) => rate))}/s on ${cores(({ postgres }) => postgres)} cores of PostgreSQL, ` +
    `${cores(({ nodes }) => nodes)} of Node.js, ${cores((round) => round.load)} of the load`
  );
}
