import { setTimeout as sleep } from 'node:timers/promises';

/** Starts acts at a steady rate, however long each takes. Resolves when all have finished. */
export async function startAtRate<Result>(
  { count, perSecond }: { count: number; perSecond: number },
  act: (index: number) => Promise<Result>,
): Promise<Result[]> {
  const startedAt = performance.now();
  const results: Promise<Result>[] = [];
  for (let index = 0; index < count; index++) {
    const wait = startedAt + (index / perSecond) * 1000 - performance.now();
    if (wait > 0) await sleep(wait);
    results.push(act(index));
  }
  return Promise.all(results);
}
