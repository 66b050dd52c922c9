import type { Database } from '../../platform/database/database.ts';
import { dayText } from '../../platform/time-formats.ts';
import { DISCONNECTION_REASONS, type DisconnectionReason } from '../calls/call.ts';
import { OUTCOMES, type Outcome } from '../calls/call-outcome.ts';
import { type ConnectTimes, summarizeConnectTimes } from './connect-times.ts';
import * as store from './statistics-store.ts';

export interface OngoingHistory {
  readonly stepSeconds: number;
  /** Oldest first; the last point is now. */
  readonly points: { readonly at: Date; readonly ongoing: number }[];
}

/** The outcomes of the calls that ended on a UTC day. */
export type DayOfOutcomes = { readonly day: string } & Readonly<Record<Outcome, number>>;

/** The reasons of the calls that ended on a UTC day. */
export type DayOfReasons = { readonly day: string } & Readonly<Record<DisconnectionReason, number>>;

const STEPS = 240;
/** Dashboards poll, and several may be open; a result may be a few seconds old. */
const CACHE_MS = 5_000;

/** Figures of all calls. */
export interface Statistics {
  /** Computed back from the number of calls that are ongoing now. @param hours from 1 to 72 */
  ongoing(hours: number): Promise<OngoingHistory>;
  /** The last `days` days, oldest first; the last is today. @param days from 1 to 90 */
  outcomes(days: number): Promise<DayOfOutcomes[]>;
  /** The same days, by disconnection reason. @param days from 1 to 90 */
  reasons(days: number): Promise<DayOfReasons[]>;
  /** Calls that a carrier connected and that ended in the last `days` days. @param days from 1 to 90 */
  connectTimes(days: number): Promise<ConnectTimes>;
}

export function createStatistics(database: Database): Statistics {
  const countUntilToday = cached((days: number) => countDays(database, days - 1));

  return {
    ongoing: cached(async (hours: number): Promise<OngoingHistory> => {
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

    outcomes: cached(async (days: number): Promise<DayOfOutcomes[]> => {
      await countUntilToday(days);
      const counts = await store.findOutcomes(database, days);
      return byDay(await store.findDay(database, 0), days, OUTCOMES, (of) => of.outcome, counts);
    }),

    reasons: cached(async (days: number): Promise<DayOfReasons[]> => {
      await countUntilToday(days);
      const counts = await store.findReasons(database, days);
      return byDay(await store.findDay(database, 0), days, DISCONNECTION_REASONS, (of) => of.reason, counts);
    }),

    connectTimes: cached(async (days: number): Promise<ConnectTimes> => {
      await countUntilToday(days);
      return summarizeConnectTimes(await store.findConnectTimes(database, days));
    }),
  };
}

/** Counts past days that are not counted yet. @param daysAgo first day; undefined: the day of the first call */
export async function countDays(database: Database, daysAgo?: number): Promise<void> {
  const from =
    daysAgo === undefined ? await store.findFirstDay(database) : await store.findDay(database, daysAgo);
  if (from === undefined) return;
  for (const day of await store.findUncountedDays(database, from)) await store.countDay(database, day);
}

/** @returns each of the `days` days until `today`, oldest first, with a count of each of the names */
function byDay<Name extends string, Count extends { readonly day: string; readonly calls: number }>(
  today: string,
  days: number,
  names: readonly Name[],
  nameOf: (count: Count) => string,
  counts: readonly Count[],
): ({ readonly day: string } & Record<Name, number>)[] {
  const counted = Map.groupBy(counts, ({ day }) => day);
  return daysUntil(today, days).map((day) => {
    const zeros = names.map((name) => [name, 0] as const);
    const calls = (counted.get(day) ?? []).map((each) => [nameOf(each), each.calls] as const);
    return { day, ...Object.fromEntries([...zeros, ...calls]) } as { day: string } & Record<Name, number>;
  });
}

const DAY_MS = 24 * 3600 * 1000;

function daysUntil(today: string, count: number): string[] {
  const last = Date.parse(today);
  return Array.from({ length: count }, (_, index) => dayText(new Date(last - (count - 1 - index) * DAY_MS)));
}

/** Caches the result of `load` by key. Does not cache failures. */
function cached<Key, Value>(load: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const cache = new Map<Key, { readonly result: Promise<Value>; readonly until: number }>();
  return (key) => {
    const now = performance.now();
    const earlier = cache.get(key);
    if (earlier && earlier.until > now) return earlier.result;
    const result = load(key);
    const entry = { result, until: now + CACHE_MS };
    cache.set(key, entry);
    result.catch(() => {
      if (cache.get(key) === entry) cache.delete(key);
    });
    return result;
  };
}
