import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Looks again and again until there is something to see, and gives it back.
 * @param what for the failure, when nothing has come after so many seconds; made then, if it is to say what there is instead
 */
export async function until<T>(
  what: string | (() => string),
  look: () => T | Promise<T>,
  seconds = 10,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen as NonNullable<Exclude<T, false>>;
    if (performance.now() > deadline) {
      assert.fail(`in ${seconds} s not: ${typeof what === 'string' ? what : what()}`);
    }
    await sleep(2);
  }
}
