import type { BenchDatabase } from '../environment/database.ts';
import { cpuSecondsOf, postgresCpuSeconds, type RunningProgram } from '../environment/processes.ts';

/** Processor time per request, in microseconds. */
export interface ProcessorTime {
  readonly node: number;
  readonly postgres: number;
}

/** Measures the processor time that the server and PostgreSQL take for each request of a load test. */
export async function withProcessorTime<LoadResult extends { readonly requests: number }>(
  { pid }: RunningProgram,
  database: BenchDatabase,
  runLoad: () => Promise<LoadResult>,
): Promise<LoadResult & ProcessorTime> {
  const [node, postgres] = [cpuSecondsOf(pid), await postgresCpuSeconds(database)];
  const outcome = await runLoad();
  const perRequest = (seconds: number) => (seconds * 1e6) / outcome.requests;
  return {
    ...outcome,
    node: perRequest(cpuSecondsOf(pid) - node),
    postgres: perRequest((await postgresCpuSeconds(database)) - postgres),
  };
}
