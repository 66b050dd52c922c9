/** How much to measure. */
export interface Scale {
  /** Rounds per path; each round measures the floor and the server. */
  readonly rounds: number;
  readonly roundMs: number;
  /** Load on each side before the first round; not counted. */
  readonly warmUpMs: number;
  readonly users: number;
  /** Calls in the long history, which is compared with the short one. */
  readonly longHistory: number;
  readonly shortHistory: number;
  /** How often each search runs on each history. */
  readonly searches: number;
  /** Calls to open and end for the delay of events. */
  readonly eventCalls: number;
  /** Calls to open and end for the memory. */
  readonly memoryCalls: number;
  /** How long the server is idle before its memory is measured. */
  readonly settleMs: number;
  /** Simultaneous requests of one user. */
  readonly burst: number;
  /** Duration of all parts on two cores. */
  readonly minutes: number;
}

const full: Scale = {
  rounds: 5,
  roundMs: 3_000,
  warmUpMs: 2_000,
  users: 10_000,
  longHistory: 10_000_000,
  shortHistory: 10_000,
  searches: 40,
  eventCalls: 150,
  memoryCalls: 1_000_000,
  settleMs: 40_000,
  burst: 200,
  minutes: 40,
};

export const scales = {
  full,
  /** For a quick look during development. */
  quick: {
    ...full,
    roundMs: 1_500,
    warmUpMs: 1_000,
    longHistory: 200_000,
    memoryCalls: 50_000,
    settleMs: 20_000,
    minutes: 5,
  },
  /** For the test of the benchmark; the figures are meaningless. */
  tiny: {
    ...full,
    rounds: 1,
    roundMs: 100,
    warmUpMs: 0,
    users: 200,
    longHistory: 40_000,
    shortHistory: 32_000,
    searches: 1,
    eventCalls: 2,
    memoryCalls: 100,
    settleMs: 0,
    burst: 20,
    minutes: 1,
  },
} satisfies Record<string, Scale>;
