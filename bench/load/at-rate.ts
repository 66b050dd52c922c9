import { setTimeout as sleep } from 'node:timers/promises';

/** Starts acts at a steady rate, however long each takes. Resolves when all have finished. */
export async function startAtRate<Result>(
  { count, perSecond }: { count: number; perSecond: number },
  act: (index: number) => Promise<Result>,
): Promise<Result[]> {
  const startedAt = performance.now();
  const results: Promise<Result>[] = [];
  for (let index = 0; index < count; index++) {
    const due = startedAt + (index / perSecond) * 1000;
    if (due > performance.now()) await sleep(due - performance.now());
    results.push(act(index));
  }
  return Promise.all(results);
}
