import type { ConnectTimeCount } from './statistics-store.ts';

/** Seconds; each range goes from the bound before to its own, the last one on and on. */
const BOUNDS = [1, 2, 3, 5, 8, 10, 15, 20, 30, 45, 60, 90, 120, null] as const;

export interface ConnectTimes {
  readonly calls: number;
  /** Seconds, to a tenth; null without calls. */
  readonly median: number | null;
  /** Seconds, to a tenth, within which 95 of 100 were connected; null without calls. */
  readonly p95: number | null;
  readonly ranges: {
    /** Seconds. */
    readonly from: number;
    /** Seconds, not included; null: without end. */
    readonly to: number | null;
    readonly calls: number;
  }[];
}

/** @param counts the quickest first */
export function connectTimes(counts: readonly ConnectTimeCount[]): ConnectTimes {
  const calls = sum(counts);
  const within = (share: number) => {
    let reached = 0;
    const found = counts.find((each) => {
      reached += each.calls;
      return reached >= share * calls;
    });
    return found ? found.tenths / 10 : null;
  };
  const ranges = BOUNDS.map((to, index) => {
    const from = BOUNDS[index - 1] ?? 0;
    const inside = ({ tenths }: ConnectTimeCount) => tenths >= from * 10 && (to === null || tenths < to * 10);
    return { from, to, calls: sum(counts.filter(inside)) };
  });
  return { calls, median: within(0.5), p95: within(0.95), ranges };
}

function sum(counts: readonly ConnectTimeCount[]): number {
  return counts.reduce((total, { calls }) => total + calls, 0);
}
