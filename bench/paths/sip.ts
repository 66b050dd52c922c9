import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import { megabytesOf } from '../environment/processes.ts';
import { numberOf, removeOpenedCalls } from '../environment/users.ts';
import { now } from '../load/arrivals.ts';
import { startAtRate } from '../load/at-rate.ts';
import { choosePorts, type PhonePorts, startPhones } from '../load/sip-phones.ts';
import { measureInTurns, type Pairs, quantile, ratios, spreadOf } from '../measure.ts';
import { atLeast, atMost, type Bound, formatNumber, type Row } from '../report.ts';
import { type Exchange, startAriServer, startManagedAsterisk, startSipServer } from './exchanges.ts';
import { type ProcessorTime, startProcessorTime } from './processor-time.ts';

const PEER = 'Asterisk 22, by AMI: Originate and Dial';
const [MODERATE_RATE, HIGH_RATE] = [40, 120];
/** From the request that opens a call to the one that ends it. */
const CALL_MS = 1_000;
/** Until the phones have had the end of the last call. */
const DRAIN_MS = 10_000;
const WARM_UP = { perSecond: 20, ms: 2_000 };

/** Measures what calls between phones of sipp cost, set up by our server and by Asterisk itself. */
export async function measureSip(environment: BenchEnvironment): Promise<Row[]> {
  await using database = await environment.createDatabaseWithUsers();
  const ports = await choosePorts();
  const sides = sidesOf(environment, database, ports);
  return [
    ...(await measureCosts(environment, database, sides, ports)),
    await measureHeldCalls(environment, database, sides, ports),
  ];
}

/** Measures the highest rates of such calls without a bad one. */
export async function measureSipRates(environment: BenchEnvironment): Promise<Row[]> {
  await using database = await environment.createDatabaseWithUsers();
  const ports = await choosePorts();
  return measureCleanRates(environment, database, sidesOf(environment, database, ports), ports);
}

type Sides = Readonly<Record<'asterisk' | 'sip' | 'ari', () => Promise<Exchange>>>;

function sidesOf(environment: BenchEnvironment, database: BenchDatabase, ports: PhonePorts): Sides {
  return {
    asterisk: () => startManagedAsterisk(ports),
    sip: () => startSipServer(environment, database, ports),
    ari: () => startAriServer(environment, database, ports),
  };
}

interface Load {
  /** Calls per second. */
  readonly perSecond: number;
  readonly ms: number;
}

interface Outcome extends ProcessorTime {
  readonly bad: number;
  /** Milliseconds from the request to the first INVITE. */
  readonly p50: number;
  readonly p99: number;
}

/** Opens calls at a steady rate, each for another user, and ends each after a second. */
async function runCalls(
  exchange: Exchange,
  database: BenchDatabase,
  ports: PhonePorts,
  { perSecond, ms }: Load,
): Promise<Outcome> {
  const count = Math.max(1, Math.round((perSecond * ms) / 1000));
  const phones = await startPhones(ports, count);
  const processorTime = await startProcessorTime([exchange.program], database);
  const requestedAt: number[] = [];
  await startAtRate({ count, perSecond }, async (user) => {
    requestedAt[user] = now();
    const over = sleep(CALL_MS);
    const end = await exchange.open(user).catch(() => undefined); // the phones show that the call is bad
    await over;
    await end?.().catch(() => {});
  });
  const { good, invitedAt } = await phones.finish(DRAIN_MS);
  const delays = requestedAt
    .map((at, user) => (invitedAt.get(numberOf(user)) ?? Number.POSITIVE_INFINITY) - at)
    .toSorted((a, b) => a - b);
  return {
    ...(await processorTime.takenBy(count)),
    bad: count - good,
    p50: quantile(delays, 0.5),
    p99: quantile(delays, 0.99),
  };
}

/** The cost of a call and the time to its first INVITE, on programs that have run for a while. */
async function measureCosts(
  { scale: { rounds, sipStepMs, sipIdleMs } }: BenchEnvironment,
  database: BenchDatabase,
  sides: Sides,
  ports: PhonePorts,
): Promise<Row[]> {
  await using asterisk = await sides.asterisk();
  await using server = await sides.sip();
  const measure = (perSecond: number, idleMs: number) => {
    const run = (exchange: Exchange) => runCalls(exchange, database, ports, { perSecond, ms: sipStepMs });
    return measureInTurns(
      rounds,
      () => run(asterisk),
      () => run(server),
      async () => {
        await removeOpenedCalls(database);
        await sleep(idleMs);
      },
    );
  };
  for (const exchange of [asterisk, server]) await runCalls(exchange, database, ports, WARM_UP);
  const moderate = await measure(MODERATE_RATE, sipIdleMs);
  const high = await measure(HIGH_RATE, 0);
  return [
    costRow(MODERATE_RATE, atMost(1.2), moderate),
    costRow(HIGH_RATE, atMost(1), high),
    inviteRow('p50', atMost(4), moderate, sipIdleMs),
    inviteRow('p99', atMost(7), moderate, sipIdleMs),
  ];
}

/** Asterisk stores nothing: what PostgreSQL takes meanwhile is for other programs. */
function costRow(perSecond: number, target: Bound, { floor, server }: Pairs<Outcome, Outcome>): Row {
  const theirs = floor.map(({ node }) => node);
  const ours = server.map(({ node, postgres }) => node + postgres);
  const milliseconds = (microseconds: readonly number[]) =>
    formatNumber(spreadOf(microseconds).median / 1000);
  const bad = (outcomes: readonly Outcome[]) => outcomes.reduce((sum, outcome) => sum + outcome.bad, 0);
  return {
    path: `SIP call at ${perSecond} a second: processor time`,
    floor: PEER,
    target,
    measured: spreadOf(ours.map((each, round) => each / (theirs[round] ?? Number.NaN))),
    figures:
      `${milliseconds(ours)} ms a call: ${milliseconds(server.map(({ node }) => node))} of Node.js and ` +
      `${milliseconds(server.map(({ postgres }) => postgres))} of PostgreSQL (against ${milliseconds(theirs)}); ` +
      `${bad(server)} bad calls (against ${bad(floor)})`,
  };
}

function inviteRow(
  figure: 'p50' | 'p99',
  target: Bound,
  pairs: Pairs<Outcome, Outcome>,
  idleMs: number,
): Row {
  const median = (outcomes: readonly Outcome[]) =>
    formatNumber(spreadOf(outcomes.map((outcome) => outcome[figure])).median);
  return {
    path: `request to the first INVITE, at ${MODERATE_RATE} calls a second after ${formatNumber(idleMs / 1000)} s without any: ${figure}`,
    floor: PEER,
    target,
    measured: ratios(pairs, (outcome) => outcome[figure]),
    figures: `${median(pairs.server)} ms (against ${median(pairs.floor)} ms)`,
  };
}

/** The highest rates without a bad call. Each step has programs of its own, so that no step suffers from the one before. */
async function measureCleanRates(
  { scale: { cleanRateRounds, cleanRateMs, cleanRates } }: BenchEnvironment,
  database: BenchDatabase,
  sides: Sides,
  ports: PhonePorts,
): Promise<Row[]> {
  const isClean = async (start: () => Promise<Exchange>, perSecond: number) => {
    await removeOpenedCalls(database);
    await using exchange = await start();
    await runCalls(exchange, database, ports, WARM_UP);
    return (await runCalls(exchange, database, ports, { perSecond, ms: cleanRateMs })).bad === 0;
  };
  const found = { asterisk: [] as number[], sip: [] as number[], ari: [] as number[] };
  for (let round = 0; round < cleanRateRounds; round++) {
    for (const side of ['asterisk', 'sip', 'ari'] as const) {
      const first = found[side].at(-1) ?? FIRST_RATES[side];
      found[side].push(await findHighest(cleanRates, first, (rate) => isClean(sides[side], rate)));
    }
  }
  const row = (path: string, side: 'sip' | 'ari', target: Bound): Row => ({
    path,
    floor: PEER,
    target,
    measured: spreadOf(found[side].map((rate, round) => rate / (found.asterisk[round] ?? Number.NaN))),
    figures: `${spreadOf(found[side]).median} calls a second (against ${spreadOf(found.asterisk).median})`,
  });
  const seconds = formatNumber(cleanRateMs / 1000);
  return [
    row(`highest rate of SIP calls without a bad one in ${seconds} s`, 'sip', atLeast(1)),
    row(`the same with the carrier \`ari\``, 'ari', atLeast(0.6)),
  ];
}

/** Where the search starts: what two cores usually reach. */
const FIRST_RATES = { asterisk: 140, sip: 120, ari: 60 };

/**
 * Searches up while the rates are clean, else down.
 * @param rates in ascending order
 * @param first the search starts at the highest rate that is not above this
 * @returns 0 if none is clean
 */
async function findHighest(
  rates: readonly number[],
  first: number,
  isClean: (rate: number) => Promise<boolean>,
): Promise<number> {
  const start = Math.max(
    0,
    rates.findLastIndex((rate) => rate <= first),
  );
  let highest = 0;
  for (const rate of rates.slice(start)) {
    if (!(await isClean(rate))) break;
    highest = rate;
  }
  if (highest > 0) return highest;
  for (const rate of rates.slice(0, start).reverse()) if (await isClean(rate)) return rate;
  return 0;
}

/** The memory of calls that last, on a server that has had as many before. */
async function measureHeldCalls(
  { scale: { heldCalls, settleMs } }: BenchEnvironment,
  database: BenchDatabase,
  sides: Sides,
  ports: PhonePorts,
): Promise<Row> {
  await removeOpenedCalls(database);
  await using server = await sides.sip();
  await runCalls(server, database, ports, {
    perSecond: MODERATE_RATE,
    ms: (heldCalls / MODERATE_RATE) * 1000,
  });
  await sleep(settleMs);
  const before = megabytesOf(server.program.pid);
  const phones = await startPhones(ports, heldCalls);
  const ends = await startAtRate({ count: heldCalls, perSecond: MODERATE_RATE }, (user) => server.open(user));
  await sleep(settleMs);
  const after = megabytesOf(server.program.pid);
  await Promise.all(ends.map((end) => end()));
  const { good } = await phones.finish(DRAIN_MS);
  return {
    path: 'memory of a held SIP call',
    floor: '',
    target: atMost(80),
    measured: spreadOf([((after - before) * 1000) / heldCalls]),
    unit: 'kB',
    figures: `${formatNumber(before)} MB grew to ${formatNumber(after)} MB by ${heldCalls} calls, of which ${good} were good`,
  };
}
