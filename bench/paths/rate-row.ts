import { type Pairs, ratios, spreadOf } from '../measure.ts';
import { type Bound, type Row, short } from '../report.ts';

interface Rated {
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
      `p50 ${middle(({ p50 }) => p50)} ms, p99 ${middle(({ p99 }) => p99)} ms`,
  };
}
