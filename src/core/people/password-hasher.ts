import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { createFairQueue } from '../../platform/fair-queue.ts';
import { type Asker, createHashingPlaces, groupOf } from './hashing-places.ts';
import { normalizePassword } from './password.ts';
import type { HashingMeter } from './password-metrics.ts';
import { PasswordHashingBusy } from './people-errors.ts';

/** Argon2id, the default of the package, at the cost that OWASP recommends; memory in KiB. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Leaves one of libuv's four threads to DNS look-ups and files. */
const AT_ONCE = Math.min(availableParallelism(), 3);

/**
 * How long a hash may have to wait, by the average duration; how many may always wait, so that a burst passes on a slow machine;
 * and how many may wait at most, so that their counts do not use up the connections to the database.
 */
const STRANGERS = { maxWaitMs: 2_000, minPlaces: 32, maxPlaces: 64 };
/** A flood from strangers leaves places to people who are known, and to administrators. */
const OTHERS = { maxWaitMs: 4_000, minPlaces: 64, maxPlaces: 128 };
/** Duration of a hash until the first one is measured. */
const ASSUMED_MS = 25;
/** Weight of the newest duration in the average. */
const WEIGHT = 1 / 16;

/**
 * Hashes passwords, a few at a time, because each needs a processor and 19 MiB. The others wait, and networks and people take
 * turns. When the wait would exceed a few seconds, or one asker has several hashes under way, further work is refused at once,
 * so that a flood of sign-ins delays no one for long.
 */
export interface PasswordHasher {
  /**
   * Holds a place for the asker while `work` runs. Refuses the asker before the work begins, so that what is refused uses neither
   * the processor nor the database, and all that is admitted gets its hash.
   * @throws PasswordHashingBusy
   */
  admit<T>(asker: Asker, work: (hashing: Hashing) => Promise<T>): Promise<T>;
}

export interface Hashing {
  hash(password: string): Promise<string>;
  /**
   * Takes the same time for a user who does not exist (`passwordHash` undefined), so that the response time does not reveal
   * which names exist.
   */
  matches(passwordHash: string | undefined, password: string): Promise<boolean>;
}

export function createPasswordHasher(meter?: HashingMeter): PasswordHasher {
  const queue = createFairQueue(AT_ONCE);
  const places = createHashingPlaces();
  let averageMs = ASSUMED_MS;
  let dummyHash: Promise<string> | undefined;
  meter?.watch(queue.size);

  function refuse(waitMs: number): never {
    meter?.refused();
    throw new PasswordHashingBusy(Math.ceil(waitMs / 1000));
  }

  /** Counts what has not reached the queue yet, too: a flood arrives there at the same moment. */
  function requireShortWait(asker: Asker): void {
    const { maxWaitMs, minPlaces, maxPlaces } = asker.kind === 'stranger' ? STRANGERS : OTHERS;
    const ahead = places.countAhead(asker);
    const waitMs = (ahead * averageMs) / AT_ONCE;
    if (ahead >= maxPlaces || (ahead >= minPlaces && waitMs > maxWaitMs)) refuse(waitMs);
  }

  const run = <T>(asker: Asker, work: () => Promise<T>): Promise<T> =>
    queue.run(groupOf(asker), async () => {
      const started = performance.now();
      const result = await work();
      averageMs += (performance.now() - started - averageMs) * WEIGHT;
      return result;
    });

  const hashingFor = (asker: Asker): Hashing => ({
    hash: (password) => run(asker, () => hash(normalizePassword(password), COST)),
    matches: (passwordHash, password) =>
      run(asker, async () => {
        dummyHash ??= hash(crypto.randomUUID(), COST);
        const compared = passwordHash ?? (await dummyHash);
        return (await verify(compared, normalizePassword(password))) && passwordHash !== undefined;
      }),
  });

  return {
    async admit(asker, work) {
      requireShortWait(asker);
      const leave = places.take(asker) ?? refuse(averageMs);
      try {
        return await work(hashingFor(asker));
      } finally {
        leave();
      }
    },
  };
}
