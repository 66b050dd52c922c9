import { type Clock, systemClock } from '../../src/platform/clock.ts';

/** A clock whose timers run `times` faster, so that simulated phones answer within milliseconds. */
export function hurriedClock(times: number): Clock {
  return {
    now: systemClock.now,
    after: (milliseconds, act) => systemClock.after(milliseconds / times, act),
  };
}
