import { load, type Outcome } from '../load.ts';
import { inTurns, ratios, spreadOf } from '../measure.ts';
import { type Row, short } from '../report.ts';
import type { BenchDatabase } from '../stage/database.ts';
import { removeOpenedCalls } from '../stage/people.ts';
import { cpuSecondsOf, postgresCpuSeconds } from '../stage/processes.ts';
import type { Server } from '../stage/server.ts';
import type { Stage } from '../stage/stage.ts';
import { classicOpening, everybody, readings } from './calls.ts';

/** Seconds of the processor that a round took, of each second that it lasted. */
interface Round {
  readonly rate: number;
  readonly postgres: number;
  readonly nodes: number;
  readonly load: number;
}

/** A second node on the same database: what it gives, and what is busy then. */
export async function measureNodes(stage: Stage): Promise<Row[]> {
  await using database = await stage.peopledDatabase();
  await using first = await stage.startServer(database);
  await using second = await stage.startServer(database);
  const paths = [
    { path: classicOpening.path, sent: classicOpening.sent, status: 201 },
    { path: readings[0].path, sent: readings[0].sent, status: 200 },
  ];
  const { rounds, roundMs, warmUpMs, people } = stage.scale;
  const rows: Row[] = [];
  for (const { path, sent, status } of paths) {
    const requests = everybody(people, sent);
    const run = (servers: readonly Server[], ms: number) =>
      measured(database, servers, ms, (url, connections, serial) =>
        load({ url, requests, status, connections, ms, serial }),
      );
    if (warmUpMs > 0) await run([first, second], warmUpMs);
    const pairs = await inTurns(
      rounds,
      () => run([first], roundMs),
      () => run([first, second], roundMs),
      () => removeOpenedCalls(database),
    );
    rows.push({
      path: `${path}, two nodes`,
      floor: 'one node',
      wanted: undefined,
      measured: ratios(pairs, ({ rate }) => rate),
      figures: `${shown(pairs.server)}; one node: ${shown(pairs.floor)}`,
    });
  }
  return rows;

  async function measured(
    on: BenchDatabase,
    servers: readonly Server[],
    ms: number,
    send: (url: string, connections: number, serial: number) => Promise<Outcome>,
  ): Promise<Round> {
    const connections = Math.ceil(stage.connections / servers.length);
    const cpu = async () => ({
      postgres: await postgresCpuSeconds(on),
      nodes: servers.reduce((sum, { pid }) => sum + cpuSecondsOf(pid), 0),
    });
    const before = await cpu();
    const outcomes = await Promise.all(
      servers.map(({ url }, index) => send(url, connections, 2_000_000 + index * 4_000_000)),
    );
    const after = await cpu();
    const sum = (figure: (outcome: Outcome) => number) =>
      outcomes.reduce((total, outcome) => total + figure(outcome), 0);
    return {
      rate: sum(({ rate }) => rate),
      postgres: (after.postgres - before.postgres) / (ms / 1000),
      nodes: (after.nodes - before.nodes) / (ms / 1000),
      load: sum(({ cpuSeconds }) => cpuSeconds) / (ms / 1000),
    };
  }
}

/** Processor time in hundredths of a core. */
function shown(rounds: readonly Round[]): string {
  const middle = (figure: (round: Round) => number) => spreadOf(rounds.map(figure)).median;
  const cores = (figure: (round: Round) => number) => middle(figure).toFixed(2);
  return (
    `${short(middle(({ rate }) => rate))}/s on ${cores(({ postgres }) => postgres)} cores of PostgreSQL, ` +
    `${cores(({ nodes }) => nodes)} of Node.js, ${cores((round) => round.load)} of the load`
  );
}
