import type { BenchDatabase } from '../stage/database.ts';
import { cpuSecondsOf, postgresCpuSeconds, type Running } from '../stage/processes.ts';

/** Of one request, in microseconds. */
export interface ProcessorTime {
  readonly node: number;
  readonly postgres: number;
}

/** Loads a server, and sees what it and PostgreSQL take for each request. */
export async function withProcessorTime<Outcome extends { readonly requests: number }>(
  { pid }: Running,
  database: BenchDatabase,
  load: () => Promise<Outcome>,
): Promise<Outcome & ProcessorTime> {
  const [node, postgres] = [cpuSecondsOf(pid), await postgresCpuSeconds(database)];
  const outcome = await load();
  const each = (seconds: number) => (seconds * 1e6) / outcome.requests;
  return {
    ...outcome,
    node: each(cpuSecondsOf(pid) - node),
    postgres: each((await postgresCpuSeconds(database)) - postgres),
  };
}
