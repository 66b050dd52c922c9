import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Call } from '../../src/core/calls/call.ts';
import { NEWEST_CALLS } from '../../src/core/calls/call-store.ts';
import type { Listed } from '../../src/platform/database/paging.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import { addHistory, findPosition } from '../environment/history.ts';
import { ADMINISTRATOR_TOKEN, addAdministrator } from '../environment/users.ts';
import { quantile, spreadOf } from '../measure.ts';
import { atMost, formatNumber, type Row } from '../report.ts';
import { bearer } from '../request.ts';

const PAGE = 20;
/** This many calls contain a full page of the rarest search. */
const FULL_PAGE = 8_000;

interface Search {
  readonly query: string;
  /** Whether every page has results, up to the last. */
  readonly deep: boolean;
}

const deep = (query: string): Search => ({ query, deep: true });
const shallow = (query: string): Search => ({ query, deep: false });

const CALLER = '%2B12025550007';
const CALLEE = '%2B13135550007';
const lastDays = (days: number) => new Date(Date.now() - days * 24 * 3600_000).toISOString();

/** The searches of administrators. */
const searches: readonly Search[] = [
  deep(''),
  deep('user=person-7'),
  deep('client=client-7'),
  deep(`caller=${CALLER}`),
  deep(`callee=${CALLEE}`),
  deep('state=disconnected'),
  deep('state=failed'),
  deep('reason=hangUp'),
  deep('reason=calleeBusy'),
  deep('reason=other'),
  deep('ongoing=false'),
  deep(`q=${CALLEE}`),
  deep('q=person-7'),
  deep('client=client-7&state=failed'),
  deep('client=client-7&reason=calleeBusy'),
  deep('user=person-7&state=failed'),
  shallow(`caller=${CALLER}&callee=${CALLEE}`),
  shallow('state=connected'),
  shallow('ongoing=true'),
  shallow(`from=${lastDays(400)}&to=${lastDays(300)}`),
  shallow(`user=person-7&from=${lastDays(400)}`),
  shallow('q=ticket-7'),
  shallow(`q=${createHash('md5').update('history 7').digest('hex')}`),
];

type Depth = 'first' | 'middle' | 'deepest';

interface Sample {
  readonly query: string;
  readonly depth: Depth;
  readonly ms: number;
}

interface Side {
  readonly url: string;
  readonly tokens: Readonly<Record<Depth, string>>;
}

/** Measures every search on several pages, on a short and a long history. */
export async function measureHistory(environment: BenchEnvironment): Promise<Row[]> {
  const { shortHistory, longHistory, rounds, searches: times } = environment.scale;
  await using small = await createHistory(environment, shortHistory);
  await using large = await createHistory(environment, longHistory);
  await using smallServer = await environment.startServer(small);
  await using largeServer = await environment.startServer(large);
  const brief = await createSide(smallServer.url, small, shortHistory);
  const long = await createSide(largeServer.url, large, longHistory);

  const blocks: { short: Sample[]; long: Sample[] }[] = [];
  await runSearches(brief);
  await runSearches(long);
  for (let round = 0; round < rounds; round++) {
    const block = { short: [] as Sample[], long: [] as Sample[] };
    for (let time = 0; time < times / rounds; time++) {
      block.short.push(...(await runSearches(brief)));
      block.long.push(...(await runSearches(long)));
    }
    blocks.push(block);
  }
  const all = { short: blocks.flatMap((block) => block.short), long: blocks.flatMap((block) => block.long) };
  const pages = (depth: Depth) => all.long.filter((sample) => sample.depth === depth);
  return [
    {
      path: `GET /admin/calls, any search, any page, ${longHistory.toLocaleString('en')} calls: p99`,
      floor: `${shortHistory.toLocaleString('en')} calls`,
      target: atMost(1.5),
      measured: spreadOf(blocks.map((block) => p99(block.long) / p99(block.short))),
      figures: `p50 ${formatNumber(p50(all.long))} ms (${formatNumber(p50(all.short))} ms), p99 ${formatNumber(p99(all.long))} ms (${formatNumber(p99(all.short))} ms)`,
      remark: describeSlowest(all.long),
    },
    {
      path: 'the deepest page: p99',
      floor: 'the first page',
      target: atMost(2.2),
      measured: spreadOf(
        blocks.map(({ long: samples }) => p99(samples.filter(isDeepest)) / p99(samples.filter(isFirst))),
      ),
      figures: `p99 ${formatNumber(p99(pages('deepest')))} ms (${formatNumber(p99(pages('first')))} ms)`,
    },
  ];
}

async function createHistory(environment: BenchEnvironment, calls: number) {
  const database = await environment.createDatabaseWithUsers();
  await addAdministrator(database);
  await addHistory(database, calls);
  return database;
}

const isDeepest = ({ depth }: Sample) => depth === 'deepest';
const isFirst = ({ depth, query }: Sample) =>
  depth === 'first' && searches.some((each) => each.deep && each.query === query);

async function createSide(
  url: string,
  database: Parameters<typeof findPosition>[0],
  calls: number,
): Promise<Side> {
  const tokenAt = async (older: number) => {
    const call = (await findPosition(database, older)) as Listed<Call>;
    return NEWEST_CALLS.pageOf([call, call], 1).nextPageToken ?? '';
  };
  return {
    url,
    tokens: {
      first: '',
      middle: await tokenAt(calls / 2),
      deepest: await tokenAt(Math.min(FULL_PAGE, calls / 4)),
    },
  };
}

/** Runs every search on each of its pages, one after the other. */
async function runSearches({ url, tokens }: Side): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const search of searches)
    for (const depth of search.deep ? (['first', 'middle', 'deepest'] as const) : (['first'] as const))
      samples.push(await runSearch(url, search.query, depth, tokens[depth]));
  return samples;
}

async function runSearch(url: string, query: string, depth: Depth, token: string): Promise<Sample> {
  const address = `${url}/admin/calls?page_size=${PAGE}&${query}${token && `&page_token=${token}`}`;
  const startedAt = performance.now();
  const response = await fetch(address, { headers: bearer(ADMINISTRATOR_TOKEN) });
  const { calls } = (await response.json()) as { calls?: unknown[] };
  const ms = performance.now() - startedAt;
  assert.equal(response.status, 200, address);
  assert.ok(calls && calls.length > 0, `no results: ${address}`);
  return { query, depth, ms };
}

const sorted = (samples: readonly Sample[]) => samples.map(({ ms }) => ms).sort((a, b) => a - b);
const p50 = (samples: readonly Sample[]) => quantile(sorted(samples), 0.5);
const p99 = (samples: readonly Sample[]) => quantile(sorted(samples), 0.99);

/** Describes the search with the highest median. */
function describeSlowest(samples: readonly Sample[]): string {
  const kinds = Map.groupBy(samples, ({ query, depth }) => `${query || 'all'}, ${depth} page`);
  const [[kind, ms] = ['', 0]] = [...kinds]
    .map(([name, each]) => [name, p50(each)] as const)
    .sort(([, a], [, b]) => b - a);
  return `the slowest is \`${kind}\`, p50 ${formatNumber(ms)} ms`;
}
