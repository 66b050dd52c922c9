import { setTimeout as sleep } from 'node:timers/promises';
import { load, type Outcome } from '../load.ts';
import { inTurns, ratios, spreadOf } from '../measure.ts';
import { atMost, type Row, short } from '../report.ts';
import { ask, bearer, FORM, filled } from '../request.ts';
import type { BenchDatabase } from '../stage/database.ts';
import { removeOpenedCalls, tokenOf, userOf } from '../stage/people.ts';
import type { Stage } from '../stage/stage.ts';
import { classicOpening, everybody } from './calls.ts';

/** Few enough to leave the machine something to give. */
const OTHERS = 4;
/** Of whoever bursts: two more calls than the one that stands, and the rest is refused. */
const LIMIT = 3;
const PAUSE_MS = 250;

/** One person's many simultaneous requests, again and again, and what others feel of them. */
export async function measureBurst(stage: Stage): Promise<Row[]> {
  const { rounds, roundMs, warmUpMs, people, burst } = stage.scale;
  await using database = await stage.peopledDatabase();
  await using server = await stage.startServer(database);
  await limitPersonZero(database);
  const others = everybody(people, classicOpening.sent).slice(1);
  const open = (ms: number) =>
    load({ url: server.url, requests: others, status: 201, connections: OTHERS, ms });
  await ask(server.url, filled(classicOpening.sent(1), '{serial}', '1999999'), 201);
  if (warmUpMs > 0) await open(warmUpMs);

  const pairs = await inTurns<Outcome, Outcome>(
    rounds,
    () => open(roundMs),
    async () => {
      const underWay = new AbortController();
      const bursts = keepBursting(server.url, burst, underWay.signal);
      const outcome = await open(roundMs).finally(() => underWay.abort());
      await bursts;
      return outcome;
    },
    () => removeOpenedCalls(database),
  );
  const p99 = (outcomes: readonly Outcome[]) => short(spreadOf(outcomes.map((each) => each.p99)).median);
  const p50 = (outcomes: readonly Outcome[]) => short(spreadOf(outcomes.map((each) => each.p50)).median);
  return [
    {
      path: `${classicOpening.path} of others, while one person sends ${burst} at once four times a second`,
      floor: 'the same without',
      wanted: atMost(1.5),
      measured: ratios(pairs, (outcome) => outcome.p50),
      figures: `p50 ${p50(pairs.server)} ms (${p50(pairs.floor)} ms without), p99 ${p99(pairs.server)} ms (${p99(pairs.floor)} ms)`,
    },
  ];
}

async function limitPersonZero({ sql }: BenchDatabase): Promise<void> {
  await sql('UPDATE users SET max_ongoing_calls = $2 WHERE id = $1', [userOf(0), LIMIT]);
}

async function keepBursting(url: string, burst: number, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const answers = await Promise.all(Array.from({ length: burst }, () => openOnce(url)));
    const wrong = answers.filter((status) => status !== 201 && status !== 409);
    if (wrong.length > 0) throw new Error(`answers to the burst: ${wrong.join(' ')}`);
    await sleep(PAUSE_MS, undefined, { signal: stop }).catch(() => {});
  }
}

async function openOnce(url: string): Promise<number> {
  const answer = await fetch(`${url}/rest/call`, {
    method: 'POST',
    headers: { ...FORM, ...bearer(tokenOf(0)) },
    body: 'number=%2B12129999999',
  });
  await answer.arrayBuffer();
  return answer.status;
}
