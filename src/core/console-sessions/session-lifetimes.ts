/** Limits on the age of a session, in seconds. */
export interface SessionLifetimes {
  /** Time since the sign-in. */
  readonly maxAge: number;
  /** Time without a request by the user; background requests of a page do not count. */
  readonly maxIdle: number;
}

/** An administrator must sign in again after 12 hours, or after 30 idle minutes. */
export const CONSOLE_LIFETIMES: SessionLifetimes = { maxAge: 12 * 3600, maxIdle: 30 * 60 };
