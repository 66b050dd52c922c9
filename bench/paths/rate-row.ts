import { type Pairs, ratios, spreadOf } from '../measure.ts';
import { type Bound, formatNumber, type Row } from '../report.ts';
import { describeProcessorTime, type ProcessorTime } from './processor-time.ts';

interface RatedRound extends Partial<ProcessorTime> {
  /** Requests per second. */
  readonly rate: number;
}

interface LoadRound extends RatedRound {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** A row about the rate of requests, in relation to the floor. */
export function rateRow(
  row: Pick<Row, 'path' | 'floor' | 'remark'> & { readonly target: Bound | undefined },
  pairs: Pairs<RatedRound, LoadRound>,
): Row {
  const { floor, server } = pairs;
  const median = (figure: (round: LoadRound) => number) => formatNumber(spreadOf(server.map(figure)).median);
  return {
    ...row,
    measured: ratios<RatedRound>(pairs, ({ rate }) => rate),
    figures:
      `${median(({ rate }) => rate)}/s (against ${formatNumber(spreadOf(floor.map(({ rate }) => rate)).median)}/s), ` +
      `p50 ${median(({ p50 }) => p50)} ms, p99 ${median(({ p99 }) => p99)} ms${processorTime(pairs)}`,
  };
}

function processorTime(pairs: Pairs<RatedRound, RatedRound>): string {
  return isTimed(pairs) ? describeProcessorTime('request', pairs) : '';
}

function isTimed(
  pairs: Pairs<RatedRound, RatedRound>,
): pairs is Pairs<RatedRound & ProcessorTime, RatedRound & ProcessorTime> {
  return [...pairs.floor, ...pairs.server].every(({ node }) => node !== undefined);
}
