import type pg from 'pg';
import {
  type AttemptCounts,
  type CountedKey,
  createAttemptCounts,
  createNetworkCounts,
} from '../../platform/database/attempt-counts.ts';
import { TooManySignIns } from './people-errors.ts';

/** Wrong passwords allowed in 15 minutes. */
const LIMITS = {
  /** One user name from one network. */
  nameAndNetwork: 10,
  /** Any user names from one network. The limit is generous, because an office may share one address. */
  network: 100,
  /** One user name from a browser in which that user has signed in before. */
  knownBrowser: 10,
};
export function countsByKnownBrowser(pool: pg.Pool): AttemptCounts {
  return createAttemptCounts(pool, limit('browser', LIMITS.knownBrowser));
}

/** Counts by the networks of an address, the smallest first. */
export interface NetworkCounts {
  /** Counts the attempt everywhere, or nowhere. @throws TooManySignIns */
  count(name: string, networks: readonly string[]): Promise<void>;
  uncount(name: string, networks: readonly string[]): Promise<void>;
  /** Deletes the count of a name in the smallest network, which one person may control. */
  forget(name: string, networks: readonly string[]): Promise<void>;
}

export function countsByNetwork(pool: pg.Pool): NetworkCounts {
  const byName = createNetworkCounts(pool, limit('name-address', LIMITS.nameAndNetwork));
  const byAnyName = createNetworkCounts(pool, limit('address', LIMITS.network));

  /** The counts of an attempt, each with its key, in the order in which they are judged: a refused network adds no names. */
  const countsOf = (name: string, networks: readonly string[]) => [
    ...byAnyName(networks),
    ...byName(networks, keyOfName(name)),
  ];

  return {
    async count(name, networks) {
      const counted: CountedKey[] = [];
      for (const each of countsOf(name, networks)) {
        await each.counts.count(each.key).catch(async (error) => {
          await uncountAll(counted);
          throw error;
        });
        counted.push(each);
      }
    },
    uncount: (name, networks) => uncountAll(countsOf(name, networks)),
    async forget(name, networks) {
      const [smallest] = byName(networks, keyOfName(name));
      await smallest?.counts.delete(smallest.key);
    },
  };
}

function keyOfName(name: string): (network: string) => string {
  return (network) => `${name} ${network}`;
}

async function uncountAll(counted: readonly CountedKey[]): Promise<void> {
  await Promise.all(counted.map(({ counts, key }) => counts.uncount(key)));
}

function limit(keyPrefix: string, points: number) {
  return {
    keyPrefix,
    points,
    createError: (retryAfterSeconds: number, first: boolean) =>
      new TooManySignIns(retryAfterSeconds, { first }),
  };
}
