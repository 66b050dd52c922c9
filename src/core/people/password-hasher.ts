import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { normalizePassword } from './password.ts';
import type { HashingMeter } from './password-metrics.ts';
import { PasswordHashingBusy } from './people-errors.ts';

/** Argon2id, the default of the package, at the cost that OWASP recommends; memory in KiB. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Leaves one of libuv's four threads to DNS look-ups and files. */
const AT_ONCE = Math.min(availableParallelism(), 3);
/**
 * Who asks for a hash. `known`: a browser in which the user has signed in before, or someone who is signed in. A flood from
 * strangers leaves places to them.
 */
export type Asker = 'known' | 'stranger';

/**
 * How long a hash may have to wait, by the average duration; and how many may always wait, so that a burst passes on a slow
 * machine.
 */
const QUEUES: Readonly<Record<Asker, { readonly maxWaitMs: number; readonly minPlaces: number }>> = {
  stranger: { maxWaitMs: 2_000, minPlaces: 32 },
  known: { maxWaitMs: 4_000, minPlaces: 64 },
};
/** Duration of a hash until the first one is measured. */
const ASSUMED_MS = 25;
/** Weight of the newest duration in the average. */
const WEIGHT = 1 / 16;

/**
 * Hashes passwords, a few at a time, because each needs a processor and 19 MiB. The others wait. When the wait would exceed a few
 * seconds, further ones are refused at once, so that a flood of sign-ins delays no one for long.
 */
export interface PasswordHasher {
  /** For people who are signed in. @throws PasswordHashingBusy */
  hash(password: string): Promise<string>;
  /**
   * Takes the same time for a user who does not exist (`passwordHash` undefined), so that the response time does not reveal
   * which names exist.
   * @throws PasswordHashingBusy
   */
  matches(passwordHash: string | undefined, password: string, asker: Asker): Promise<boolean>;
  /** Refuses work early that would be refused anyway. @throws PasswordHashingBusy */
  requirePlace(asker: Asker): void;
}

export function createPasswordHasher(meter?: HashingMeter): PasswordHasher {
  const limit = pLimit(AT_ONCE);
  let averageMs = ASSUMED_MS;
  let dummyHash: Promise<string> | undefined;
  meter?.watch(() => limit.pendingCount);

  function requirePlace(asker: Asker): void {
    const { maxWaitMs, minPlaces } = QUEUES[asker];
    const waitMs = (limit.pendingCount * averageMs) / AT_ONCE;
    if (limit.pendingCount < minPlaces || waitMs <= maxWaitMs) return;
    meter?.refused();
    throw new PasswordHashingBusy(Math.ceil(waitMs / 1000));
  }

  async function run<T>(asker: Asker, work: () => Promise<T>): Promise<T> {
    requirePlace(asker);
    return limit(async () => {
      const started = performance.now();
      const result = await work();
      averageMs += (performance.now() - started - averageMs) * WEIGHT;
      return result;
    });
  }

  return {
    requirePlace,
    hash: (password) => run('known', () => hash(normalizePassword(password), COST)),
    matches: (passwordHash, password, asker) =>
      run(asker, async () => {
        dummyHash ??= hash(crypto.randomUUID(), COST);
        const compared = passwordHash ?? (await dummyHash);
        return (await verify(compared, normalizePassword(password))) && passwordHash !== undefined;
      }),
  };
}
