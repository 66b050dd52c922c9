import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Looks again and again until there is something to see, and gives it back.
 * @param what for the failure, when nothing has come after so many seconds
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  seconds = 10,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen as NonNullable<Exclude<T, false>>;
    assert.ok(performance.now() < deadline, `in ${seconds} s not: ${what}`);
    await sleep(2);
  }
}
