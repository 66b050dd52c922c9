/** The median and the range of several rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), min: quantile(sorted, 0), max: quantile(sorted, 1) };
}

/**
 * Nearest rank; the median of an even number of values is the mean of the two in the middle.
 * @param sorted at least one value, in ascending order
 */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (rank: number) => sorted[Math.max(0, Math.min(sorted.length - 1, rank))] ?? Number.NaN;
  const rank = share * sorted.length;
  if (share === 0.5 && sorted.length % 2 === 0) return (at(rank - 1) + at(rank)) / 2;
  return at(Math.ceil(rank) - 1);
}

export interface Pairs<Floor, Server> {
  readonly floor: readonly Floor[];
  readonly server: readonly Server[];
}

/**
 * Measures both sides in turns, so that other load on the machine affects both.
 * @param prepare called before each round, so that both sides start in the same state
 */
export async function measureInTurns<Floor, Server>(
  rounds: number,
  floor: () => Promise<Floor>,
  server: () => Promise<Server>,
  prepare: () => Promise<unknown> = async () => {},
): Promise<Pairs<Floor, Server>> {
  const measured = { floor: [] as Floor[], server: [] as Server[] };
  for (let round = 0; round < rounds; round++) {
    await prepare();
    measured.floor.push(await floor());
    await prepare();
    measured.server.push(await server());
  }
  return measured;
}

/** The ratio of the server to the floor, for each pair of rounds. */
export function ratios<Round>(
  { floor, server }: Pairs<Round, Round>,
  figure: (round: Round) => number,
): Spread {
  return spreadOf(server.map((round, index) => figure(round) / figure(floor[index] as Round)));
}
