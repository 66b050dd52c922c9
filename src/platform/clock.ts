/** Ends a wait before its time. */
export type Cancel = () => void;

/** What waits by the clock: one of a test's own stands still until the test moves it. */
export interface Clock {
  now(): Date;
  after(milliseconds: number, act: () => void): Cancel;
}

export const systemClock: Clock = {
  now: () => new Date(),
  after(milliseconds, act) {
    const timer = setTimeout(act, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};
