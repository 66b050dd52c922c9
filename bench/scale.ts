/** How much is measured. */
export interface Scale {
  /** Pairs of rounds of each path, floor and server. */
  readonly rounds: number;
  readonly roundMs: number;
  /** Of each side, before the first round; not counted. */
  readonly warmUpMs: number;
  readonly people: number;
  /** Calls of the long history, which is held against the short one. */
  readonly longHistory: number;
  readonly shortHistory: number;
  /** Requests of each search, to each history. */
  readonly searches: number;
  /** Calls that are opened and ended to see how fast their events arrive. */
  readonly toldCalls: number;
  /** Calls that are opened and ended to see what memory it takes. */
  readonly rememberedCalls: number;
  /** How long a server is left alone before its memory is looked at. */
  readonly settleMs: number;
  /** Simultaneous requests of one person. */
  readonly burst: number;
  /** How long all parts take, on two cores. */
  readonly minutes: number;
}

const full: Scale = {
  rounds: 5,
  roundMs: 3_000,
  warmUpMs: 2_000,
  people: 10_000,
  longHistory: 10_000_000,
  shortHistory: 10_000,
  searches: 40,
  toldCalls: 150,
  rememberedCalls: 1_000_000,
  settleMs: 40_000,
  burst: 200,
  minutes: 40,
};

export const scales = {
  full,
  /** For a look while the code changes. */
  quick: {
    ...full,
    roundMs: 1_500,
    warmUpMs: 1_000,
    longHistory: 200_000,
    rememberedCalls: 50_000,
    settleMs: 20_000,
    minutes: 5,
  },
  /** To see that it works at all: its figures say nothing. */
  tiny: {
    ...full,
    rounds: 1,
    roundMs: 300,
    warmUpMs: 0,
    people: 200,
    longHistory: 40_000,
    shortHistory: 32_000,
    searches: 1,
    toldCalls: 2,
    rememberedCalls: 100,
    settleMs: 0,
    burst: 20,
    minutes: 1,
  },
} satisfies Record<string, Scale>;
