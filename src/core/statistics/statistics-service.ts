import type { Database } from '../../platform/database/database.ts';
import { OUTCOMES, type Outcome } from '../calls/call-outcome.ts';
import { type ConnectTimes, connectTimes } from './connect-times.ts';
import { keepFor } from './keep-for.ts';
import * as store from './statistics-store.ts';

export interface OngoingHistory {
  readonly stepSeconds: number;
  /** Oldest first; the last is of now. */
  readonly points: { readonly at: Date; readonly ongoing: number }[];
}

/** Of the calls that ended on a day of UTC. */
export type DayOfOutcomes = { readonly day: string } & Readonly<Record<Outcome, number>>;

const STEPS = 240;
/** A dashboard asks again and again, each in front of several people; nobody sees a few seconds. */
const KEPT_MS = 5_000;

export type Statistics = ReturnType<typeof createStatistics>;

/** Figures of all calls, cheap enough to be looked at all day. @param keptMs how long an answer may be old, on this node */
export function createStatistics(database: Database, keptMs = KEPT_MS) {
  const countUntilToday = keepFor(keptMs, (days: number) => countDays(database, days - 1));

  return {
    /** Counted back from the calls that go on now. @param hours from 1 to 72 */
    ongoing: keepFor(keptMs, async (hours: number): Promise<OngoingHistory> => {
      const stepSeconds = (hours * 3600) / STEPS;
      const { at, ongoing, changes } = await store.findOngoing(database, STEPS, stepSeconds);
      const difference = new Map(changes.map(({ back, opened, ended }) => [back, ended - opened]));
      const points = [{ at, ongoing }];
      for (let back = 0, count = ongoing; back < STEPS; back++) {
        count += difference.get(back) ?? 0;
        const time = new Date(at.getTime() - (back + 1) * stepSeconds * 1000);
        points.unshift({ at: time, ongoing: Math.max(0, count) });
      }
      return { stepSeconds, points };
    }),

    /** The last so many days, oldest first; the last is today. @param days from 1 to 90 */
    outcomes: keepFor(keptMs, async (days: number): Promise<DayOfOutcomes[]> => {
      await countUntilToday(days);
      const today = await store.findDay(database, 0);
      const counts = Map.groupBy(await store.findOutcomes(database, days), ({ day }) => day);
      return daysUntil(today, days).map((day) => {
        const none = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]));
        const some = Object.fromEntries(
          (counts.get(day) ?? []).map(({ outcome, calls }) => [outcome, calls]),
        );
        return { day, ...none, ...some } as DayOfOutcomes;
      });
    }),

    /** Of the calls that some carrier connected and that ended in the last so many days. @param days from 1 to 90 */
    connectTimes: keepFor(keptMs, async (days: number): Promise<ConnectTimes> => {
      await countUntilToday(days);
      return connectTimes(await store.findConnectTimes(database, days));
    }),
  };
}

/** Counts the days that are over and are not counted yet. @param daysAgo from which day on; undefined: from the first call's */
export async function countDays(database: Database, daysAgo?: number): Promise<void> {
  const from =
    daysAgo === undefined ? await store.findFirstDay(database) : await store.findDay(database, daysAgo);
  if (from === undefined) return;
  for (const day of await store.findUncountedDays(database, from)) await store.countDay(database, day);
}

const DAY_MS = 24 * 3600 * 1000;

function daysUntil(today: string, count: number): string[] {
  const last = Date.parse(today);
  return Array.from({ length: count }, (_, index) =>
    new Date(last - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10),
  );
}
