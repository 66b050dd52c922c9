import { type Clock, systemClock } from '../../src/platform/clock.ts';

/** A clock on which waits pass so many times faster: the phones of the simulator answer within milliseconds. */
export function hurriedClock(times: number): Clock {
  return {
    now: systemClock.now,
    after: (milliseconds, act) => systemClock.after(milliseconds / times, act),
  };
}
