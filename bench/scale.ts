/** What a database has before it is measured. */
export interface Population {
  readonly users: number;
  /** Ended calls. */
  readonly calls: number;
}

/** How much to measure. */
export interface Scale {
  /** Rounds per path; each round measures the floor and the server. */
  readonly rounds: number;
  readonly roundMs: number;
  /** Load on each side before the first round; not counted. */
  readonly warmUpMs: number;
  readonly users: number;
  /** Sizes of the database that are compared, in ascending order. */
  readonly growth: readonly [Population, ...Population[]];
  /** Calls in the long history, which is compared with the short one. */
  readonly longHistory: number;
  readonly shortHistory: number;
  /** How often each search runs on each history. */
  readonly searches: number;
  /** People with a live stream each. */
  readonly streams: number;
  /** Load of SIP calls in a round. */
  readonly sipStepMs: number;
  /** How long no call is opened before the delay of the first INVITE is measured. */
  readonly sipIdleMs: number;
  /** Searches for the highest rate of SIP calls, and how long a rate must be clean. */
  readonly cleanRateRounds: number;
  readonly cleanRateMs: number;
  /** Calls per second, in ascending order. */
  readonly cleanRates: readonly number[];
  /** Simultaneous SIP calls for the memory. */
  readonly heldCalls: number;
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
  growth: [
    { users: 1_000, calls: 10_000 },
    { users: 100_000, calls: 1_000_000 },
    { users: 1_000_000, calls: 10_000_000 },
  ],
  longHistory: 10_000_000,
  shortHistory: 10_000,
  searches: 40,
  streams: 1_000,
  sipStepMs: 8_000,
  sipIdleMs: 30_000,
  cleanRateRounds: 5,
  cleanRateMs: 30_000,
  cleanRates: [5, 10, 15, 20, 30, 40, 50, 60, 80, 100, 120, 140, 160, 180, 200, 230, 260, 300],
  heldCalls: 1_000,
  memoryCalls: 1_000_000,
  settleMs: 40_000,
  burst: 200,
  minutes: 90,
};

export const scales = {
  full,
  /** For a quick look during development. */
  quick: {
    ...full,
    roundMs: 1_500,
    warmUpMs: 1_000,
    growth: [
      { users: 1_000, calls: 10_000 },
      { users: 20_000, calls: 200_000 },
    ],
    longHistory: 200_000,
    sipStepMs: 2_000,
    sipIdleMs: 2_000,
    cleanRateRounds: 1,
    cleanRateMs: 3_000,
    cleanRates: [10, 20, 40, 80, 120, 160, 200, 260],
    heldCalls: 200,
    memoryCalls: 50_000,
    settleMs: 20_000,
    minutes: 10,
  },
  /** For the test of the benchmark; the figures are meaningless. */
  tiny: {
    ...full,
    rounds: 1,
    roundMs: 100,
    warmUpMs: 0,
    users: 200,
    growth: [
      { users: 100, calls: 200 },
      { users: 200, calls: 400 },
    ],
    longHistory: 40_000,
    shortHistory: 32_000,
    searches: 1,
    streams: 20,
    sipStepMs: 200,
    sipIdleMs: 0,
    cleanRateRounds: 1,
    cleanRateMs: 200,
    cleanRates: [20],
    heldCalls: 5,
    memoryCalls: 100,
    settleMs: 0,
    burst: 20,
    minutes: 1,
  },
} satisfies Record<string, Scale>;
