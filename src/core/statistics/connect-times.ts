import type { ConnectTimeCount } from './statistics-store.ts';

/** Upper bounds of the ranges in seconds; null: no bound. */
const BOUNDS = [1, 2, 3, 5, 8, 10, 15, 20, 30, 45, 60, 90, 120, null] as const;

export interface ConnectTimes {
  readonly calls: number;
  /** Seconds, to a tenth; null without calls. */
  readonly median: number | null;
  /** Seconds, to a tenth, within which 95 % of the calls were connected; null without calls. */
  readonly p95: number | null;
  readonly ranges: {
    /** Seconds. */
    readonly from: number;
    /** Seconds, exclusive; null: no bound. */
    readonly to: number | null;
    readonly calls: number;
  }[];
}

/** @param counts in ascending order of time */
export function summarizeConnectTimes(counts: readonly ConnectTimeCount[]): ConnectTimes {
  const calls = sum(counts);
  const quantile = (share: number) => {
    let sumOfCalls = 0;
    const count = counts.find((each) => {
      sumOfCalls += each.calls;
      return sumOfCalls >= share * calls;
    });
    return count ? count.tenths / 10 : null;
  };
  const ranges = BOUNDS.map((to, index) => {
    const from = BOUNDS[index - 1] ?? 0;
    const inside = ({ tenths }: ConnectTimeCount) => tenths >= from * 10 && (to === null || tenths < to * 10);
    return { from, to, calls: sum(counts.filter(inside)) };
  });
  return { calls, median: quantile(0.5), p95: quantile(0.95), ranges };
}

function sum(counts: readonly ConnectTimeCount[]): number {
  return counts.reduce((total, { calls }) => total + calls, 0);
}
