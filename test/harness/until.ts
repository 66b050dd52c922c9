import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Polls until `look` returns a value, and returns that value. Fails after `seconds`.
 * @param what for the message of the failure; a function is called at the time of the failure
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
      assert.fail(`not within ${seconds} s: ${typeof what === 'string' ? what : what()}`);
    }
    await sleep(2);
  }
}
