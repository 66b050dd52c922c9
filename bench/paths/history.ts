import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Call } from '../../src/core/calls/call.ts';
import { NEWEST_CALLS } from '../../src/core/calls/call-store.ts';
import type { Listed } from '../../src/platform/database/paging.ts';
import { quantile, spreadOf } from '../measure.ts';
import { atMost, type Row, short } from '../report.ts';
import { bearer } from '../request.ts';
import { addHistory, placeInHistory } from '../stage/history.ts';
import { ADMINISTRATOR_TOKEN, addAdministrator } from '../stage/people.ts';
import type { Stage } from '../stage/stage.ts';

const PAGE = 20;
/** However rare what is searched for is, so many calls have a page of it. */
const FULL_PAGE = 8_000;

interface Search {
  readonly query: string;
  /** Finds something on every page, up to the last. */
  readonly deep: boolean;
}

const deep = (query: string): Search => ({ query, deep: true });
const shallow = (query: string): Search => ({ query, deep: false });

const CALLER = '%2B12025550007';
const CALLEE = '%2B13135550007';
const lastDays = (days: number) => new Date(Date.now() - days * 24 * 3600_000).toISOString();

/** What administrators may narrow the history down to. */
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

interface Look {
  readonly query: string;
  readonly depth: Depth;
  readonly ms: number;
}

interface Side {
  readonly url: string;
  readonly tokens: Readonly<Record<Depth, string>>;
}

/** The administrators' history: whatever is searched for, on whichever page, however long it is. */
export async function measureHistory(stage: Stage): Promise<Row[]> {
  const { shortHistory, longHistory, rounds, searches: times } = stage.scale;
  await using small = await historyOf(stage, shortHistory);
  await using large = await historyOf(stage, longHistory);
  await using smallServer = await stage.startServer(small);
  await using largeServer = await stage.startServer(large);
  const brief = await sideOf(smallServer.url, small, shortHistory);
  const long = await sideOf(largeServer.url, large, longHistory);

  const blocks: { short: Look[]; long: Look[] }[] = [];
  await lookAtAll(brief);
  await lookAtAll(long);
  for (let round = 0; round < rounds; round++) {
    const block = { short: [] as Look[], long: [] as Look[] };
    for (let time = 0; time < times / rounds; time++) {
      block.short.push(...(await lookAtAll(brief)));
      block.long.push(...(await lookAtAll(long)));
    }
    blocks.push(block);
  }
  const all = { short: blocks.flatMap((block) => block.short), long: blocks.flatMap((block) => block.long) };
  const pages = (depth: Depth) => all.long.filter((look) => look.depth === depth);
  return [
    {
      path: `GET /admin/calls, any search, any page, of ${longHistory.toLocaleString('en')} calls: p99`,
      floor: `of ${shortHistory.toLocaleString('en')} calls`,
      wanted: atMost(1.5),
      measured: spreadOf(blocks.map((block) => p99(block.long) / p99(block.short))),
      figures: `p50 ${short(p50(all.long))} ms (${short(p50(all.short))} ms), p99 ${short(p99(all.long))} ms (${short(p99(all.short))} ms)`,
      remark: slowest(all.long),
    },
    {
      path: 'the deepest page: p99',
      floor: 'the first page',
      wanted: atMost(2.2),
      measured: spreadOf(
        blocks.map(({ long: looks }) => p99(looks.filter(isDeepest)) / p99(looks.filter(isFirst))),
      ),
      figures: `p99 ${short(p99(pages('deepest')))} ms (${short(p99(pages('first')))} ms)`,
    },
  ];
}

async function historyOf(stage: Stage, calls: number) {
  const database = await stage.peopledDatabase();
  await addAdministrator(database);
  await addHistory(database, calls);
  return database;
}

const isDeepest = ({ depth }: Look) => depth === 'deepest';
const isFirst = ({ depth, query }: Look) =>
  depth === 'first' && searches.some((each) => each.deep && each.query === query);

async function sideOf(
  url: string,
  database: Parameters<typeof placeInHistory>[0],
  calls: number,
): Promise<Side> {
  const tokenAt = async (older: number) => {
    const place = (await placeInHistory(database, older)) as Listed<Call>;
    return NEWEST_CALLS.pageOf([place, place], 1).nextPageToken ?? '';
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

/** Every search on each of its pages, one after the other. */
async function lookAtAll({ url, tokens }: Side): Promise<Look[]> {
  const looks: Look[] = [];
  for (const search of searches)
    for (const depth of search.deep ? (['first', 'middle', 'deepest'] as const) : (['first'] as const))
      looks.push(await look(url, search.query, depth, tokens[depth]));
  return looks;
}

async function look(url: string, query: string, depth: Depth, token: string): Promise<Look> {
  const address = `${url}/admin/calls?page_size=${PAGE}&${query}${token && `&page_token=${token}`}`;
  const began = performance.now();
  const answer = await fetch(address, { headers: bearer(ADMINISTRATOR_TOKEN) });
  const { calls } = (await answer.json()) as { calls?: unknown[] };
  const ms = performance.now() - began;
  assert.equal(answer.status, 200, address);
  assert.ok(calls && calls.length > 0, `nothing is found: ${address}`);
  return { query, depth, ms };
}

const sorted = (looks: readonly Look[]) => looks.map(({ ms }) => ms).sort((a, b) => a - b);
const p50 = (looks: readonly Look[]) => quantile(sorted(looks), 0.5);
const p99 = (looks: readonly Look[]) => quantile(sorted(looks), 0.99);

/** Which search it is that takes longest, as a rule. */
function slowest(looks: readonly Look[]): string {
  const kinds = Map.groupBy(looks, ({ query, depth }) => `${query || 'all'}, ${depth} page`);
  const [[kind, ms] = ['', 0]] = [...kinds]
    .map(([name, each]) => [name, p50(each)] as const)
    .sort(([, a], [, b]) => b - a);
  return `the slowest is \`${kind}\`, p50 ${short(ms)} ms`;
}
