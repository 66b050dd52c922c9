import type { BenchDatabase } from '../environment/database.ts';
import { cpuSecondsOf, postgresCpuSeconds, type RunningProgram } from '../environment/processes.ts';
import { type Pairs, spreadOf } from '../measure.ts';

/** Processor time per request or call, in microseconds. */
export interface ProcessorTime {
  readonly node: number;
  readonly postgres: number;
}

/** Measures the processor time that programs and PostgreSQL take until `takenBy` is called, per request or call. */
export async function startProcessorTime(
  programs: readonly Pick<RunningProgram, 'pid'>[],
  database: BenchDatabase,
): Promise<{ takenBy(requests: number): Promise<ProcessorTime> }> {
  const total = async () => ({
    node: programs.reduce((sum, { pid }) => sum + cpuSecondsOf(pid), 0),
    postgres: await postgresCpuSeconds(database),
  });
  const before = await total();
  return {
    async takenBy(requests) {
      const after = await total();
      const perRequest = (seconds: number) => (seconds * 1e6) / requests;
      return {
        node: perRequest(after.node - before.node),
        postgres: perRequest(after.postgres - before.postgres),
      };
    },
  };
}

/** @param unit what the time is taken for, such as `request` */
export function describeProcessorTime(
  unit: string,
  { floor, server }: Pairs<ProcessorTime, ProcessorTime>,
): string {
  const median = (rounds: readonly ProcessorTime[], of: keyof ProcessorTime) =>
    Math.round(spreadOf(rounds.map((round) => round[of])).median);
  return (
    `; each ${unit} takes ${median(server, 'node')} µs of Node.js and ${median(server, 'postgres')} of PostgreSQL ` +
    `(against ${median(floor, 'node')} and ${median(floor, 'postgres')})`
  );
}

/** Measures the processor time that the server and PostgreSQL take for each request of a load test. */
export async function withProcessorTime<LoadResult extends { readonly requests: number }>(
  program: RunningProgram,
  database: BenchDatabase,
  runLoad: () => Promise<LoadResult>,
): Promise<LoadResult & ProcessorTime> {
  const processorTime = await startProcessorTime([program], database);
  const outcome = await runLoad();
  return { ...outcome, ...(await processorTime.takenBy(outcome.requests)) };
}
