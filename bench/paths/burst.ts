import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDatabase } from '../environment/database.ts';
import type { BenchEnvironment } from '../environment/environment.ts';
import { removeOpenedCalls, tokenOf, userIdOf } from '../environment/users.ts';
import { type LoadResult, runLoad } from '../load.ts';
import { measureInTurns, ratios, spreadOf } from '../measure.ts';
import { atMost, formatNumber, type Row } from '../report.ts';
import { bearer, FORM, fillPlaceholder, sendOnce } from '../request.ts';
import { classicOpen, forEachUser } from './operations.ts';

/** Connections of the other users; few enough to leave capacity. */
const CONNECTIONS = 4;
/** Limit of the user with the burst: two calls in addition to the ongoing one; the rest is refused. */
const LIMIT = 3;
const PAUSE_MS = 250;

/** Measures how bursts of requests by one user affect other users. */
export async function measureBurst(environment: BenchEnvironment): Promise<Row[]> {
  const { rounds, roundMs, warmUpMs, users, burst } = environment.scale;
  await using database = await environment.createDatabaseWithUsers();
  await using server = await environment.startServer(database);
  await setLimitOfFirstUser(database);
  const others = forEachUser(users, classicOpen.request).slice(1);
  const open = (ms: number) =>
    runLoad({ url: server.url, requests: others, status: 201, connections: CONNECTIONS, ms });
  await sendOnce(server.url, fillPlaceholder(classicOpen.request(1), '{serial}', '1999999'), 201);
  if (warmUpMs > 0) await open(warmUpMs);

  const pairs = await measureInTurns<LoadResult, LoadResult>(
    rounds,
    () => open(roundMs),
    async () => {
      const stop = new AbortController();
      const bursts = keepBursting(server.url, burst, stop.signal);
      const outcome = await open(roundMs).finally(() => stop.abort());
      await bursts;
      return outcome;
    },
    () => removeOpenedCalls(database),
  );
  const p99 = (outcomes: readonly LoadResult[]) =>
    formatNumber(spreadOf(outcomes.map((each) => each.p99)).median);
  const p50 = (outcomes: readonly LoadResult[]) =>
    formatNumber(spreadOf(outcomes.map((each) => each.p50)).median);
  return [
    {
      path: `${classicOpen.path} by others, while one user sends ${burst} requests at once, four times a second`,
      floor: 'without these bursts',
      target: atMost(1.5),
      measured: ratios(pairs, (outcome) => outcome.p50),
      figures: `p50 ${p50(pairs.server)} ms (${p50(pairs.floor)} ms without), p99 ${p99(pairs.server)} ms (${p99(pairs.floor)} ms)`,
    },
  ];
}

async function setLimitOfFirstUser({ sql }: BenchDatabase): Promise<void> {
  await sql('UPDATE users SET max_ongoing_calls = $2 WHERE id = $1', [userIdOf(0), LIMIT]);
}

async function keepBursting(url: string, burst: number, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const statuses = await Promise.all(Array.from({ length: burst }, () => openOnce(url)));
    const unexpected = statuses.filter((status) => status !== 201 && status !== 409);
    if (unexpected.length > 0) throw new Error(`unexpected responses to the burst: ${unexpected.join(' ')}`);
    await sleep(PAUSE_MS, undefined, { signal: stop }).catch(() => {});
  }
}

async function openOnce(url: string): Promise<number> {
  const response = await fetch(`${url}/rest/call`, {
    method: 'POST',
    headers: { ...FORM, ...bearer(tokenOf(0)) },
    body: 'number=%2B12129999999',
  });
  await response.arrayBuffer();
  return response.status;
}
