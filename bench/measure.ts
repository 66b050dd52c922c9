/** What the rounds gave: the middle one, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), least: quantile(sorted, 0), most: quantile(sorted, 1) };
}

/** @param sorted ascending, at least one; the nearest rank, but of an even number the middle of the two in the middle */
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
 * Measures both sides in turns, so that whatever else the machine does meets both.
 * @param before makes both sides begin alike; called before each of their rounds
 */
export async function inTurns<Floor, Server>(
  rounds: number,
  floor: () => Promise<Floor>,
  server: () => Promise<Server>,
  before: () => Promise<unknown> = async () => {},
): Promise<Pairs<Floor, Server>> {
  const measured = { floor: [] as Floor[], server: [] as Server[] };
  for (let round = 0; round < rounds; round++) {
    await before();
    measured.floor.push(await floor());
    await before();
    measured.server.push(await server());
  }
  return measured;
}

/** Of each pair of rounds the second side's part of the first. */
export function ratios<Round>(
  { floor, server }: Pairs<Round, Round>,
  figure: (round: Round) => number,
): Spread {
  return spreadOf(server.map((round, index) => figure(round) / figure(floor[index] as Round)));
}
