/** Cancels a timer. */
export type Cancel = () => void;

/** The source of time. A test can use its own clock and advance it. */
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
