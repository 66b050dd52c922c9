import type { Clock } from '../../src/platform/clock.ts';

/** A clock that only the test moves. */
export interface TestClock extends Clock {
  /** Advances the time, and runs the due timers in order, each at its own time. */
  advance(milliseconds: number): void;
  /** Milliseconds until the next timer; undefined without timers. */
  untilNext(): number | undefined;
  /** The number of pending timers. */
  waiting(): number;
}

interface Timer {
  readonly at: number;
  readonly act: () => void;
}

export function createTestClock(start = new Date('2024-02-03T04:05:06Z')): TestClock {
  let now = start.getTime();
  let timers: readonly Timer[] = [];

  /** The next timer; among those for the same time, the oldest. */
  function next(): Timer | undefined {
    return timers.reduce<Timer | undefined>(
      (first, each) => (first && first.at <= each.at ? first : each),
      undefined,
    );
  }

  function cancel(timer: Timer): void {
    timers = timers.filter((each) => each !== timer);
  }

  return {
    now: () => new Date(now),
    after(milliseconds, act) {
      const timer = { at: now + Math.max(0, milliseconds), act };
      timers = [...timers, timer];
      return () => cancel(timer);
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
    waiting: () => timers.length,
  };
}
