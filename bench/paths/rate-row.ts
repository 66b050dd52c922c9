import { type Pairs, ratios, spreadOf } from '../measure.ts';
import { type Bound, type Row, short } from '../report.ts';
import type { ProcessorTime } from './processor-time.ts';

interface Rated extends Partial<ProcessorTime> {
  /** A second. */
  readonly rate: number;
}

interface Answered extends Rated {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** How many requests a second the server answers, as a part of its floor. */
export function rateRow(
  given: Pick<Row, 'path' | 'floor' | 'remark'> & { readonly wanted: Bound | undefined },
  pairs: Pairs<Rated, Answered>,
): Row {
  const { floor, server } = pairs;
  const middle = (figure: (round: Answered) => number) => short(spreadOf(server.map(figure)).median);
  return {
    ...given,
    measured: ratios<Rated>(pairs, ({ rate }) => rate),
    figures:
      `${middle(({ rate }) => rate)}/s (floor ${short(spreadOf(floor.map(({ rate }) => rate)).median)}/s), ` +
      `p50 ${middle(({ p50 }) => p50)} ms, p99 ${middle(({ p99 }) => p99)} ms${processorTime(pairs)}`,
  };
}

function processorTime({ floor, server }: Pairs<Rated, Rated>): string {
  if (server[0]?.node === undefined) return '';
  const middle = (rounds: readonly Rated[], of: keyof ProcessorTime) =>
    Math.round(spreadOf(rounds.map((round) => round[of] ?? 0)).median);
  return `; each takes ${middle(server, 'node')} µs of Node.js and ${middle(server, 'postgres')} of PostgreSQL (floor ${middle(floor, 'node')})`;
}
