import type { Clock } from '../../src/platform/clock.ts';

/** Stands still until the test moves it. */
export interface TestClock extends Clock {
  /** Moves on by so many milliseconds; what falls due on the way happens in its order, each at its own time. */
  advance(milliseconds: number): void;
  /** Milliseconds until the next thing falls due; undefined while nothing waits. */
  untilNext(): number | undefined;
  /** How many things wait. */
  waiting(): number;
}

interface Waiting {
  readonly at: number;
  readonly act: () => void;
}

export function createTestClock(start = new Date('2024-02-03T04:05:06Z')): TestClock {
  let now = start.getTime();
  let waits: readonly Waiting[] = [];

  /** Of those for the same time the one that came first. */
  function next(): Waiting | undefined {
    return waits.reduce<Waiting | undefined>(
      (first, each) => (first && first.at <= each.at ? first : each),
      undefined,
    );
  }

  function cancel(wait: Waiting): void {
    waits = waits.filter((each) => each !== wait);
  }

  return {
    now: () => new Date(now),
    after(milliseconds, act) {
      const wait = { at: now + Math.max(0, milliseconds), act };
      waits = [...waits, wait];
      return () => cancel(wait);
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (let due = next(); due && due.at <= end; due = next()) {
        now = due.at;
        cancel(due);
        due.act();
      }
      now = end;
    },
    untilNext() {
      const due = next();
      return due && due.at - now;
    },
    waiting: () => waits.length,
  };
}
