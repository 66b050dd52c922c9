import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../../platform/database/database.ts';
import { networksOf } from '../../platform/networks.ts';
import type { Asker } from './hashing-places.ts';
import { countsByKnownBrowser, countsByNetwork } from './network-counts.ts';
import { countFailure, deleteFailures, FREE_FAILURES } from './password-failure-store.ts';
import { TooManySignIns } from './people-errors.ts';

/** The address and browser of a sign-in. */
export interface SignInOrigin {
  readonly ipAddress: string;
  /** The browser mark, whose signature has been checked. */
  readonly browserMark?: string | undefined;
}

/** A counted attempt whose password is being checked. */
export interface SignInAttempt {
  /** Removes the attempt from the counts, because only wrong passwords count. @returns the new browser mark */
  succeed(): Promise<string>;
  /** Whether the name has used up its free failures if this attempt fails. */
  readonly lastFree: boolean;
}

/**
 * Throttles password guessing across all nodes, with counts in PostgreSQL. Wrong passwords count against the networks of the
 * address, and against the user name: after 100 in a row, the name gets one attempt a minute (NIST SP 800-63B section 3.2.2). A
 * browser in which the user has signed in before has its own count, so an attacker cannot lock a user out of it.
 */
export interface SignInThrottle {
  /**
   * A browser counts for the user who has signed in there before, whatever the name is.
   * @param nameKey as far as it is known without the database
   */
  askerOf(nameKey: string, origin: SignInOrigin): Asker;
  /**
   * Counts the attempt before the password is checked, so that parallel guesses all count.
   * @param nameKey of the user, or what stands for it if there is none
   * @throws TooManySignIns
   */
  begin(nameKey: string, origin: SignInOrigin): Promise<SignInAttempt>;
}

export function createSignInThrottle(database: Database): SignInThrottle {
  const byNetwork = countsByNetwork(database.pool);
  const byKnownBrowser = countsByKnownBrowser(database.pool);

  async function beginInKnownBrowser(mark: string): Promise<SignInAttempt> {
    await byKnownBrowser.count(mark);
    return {
      lastFree: false,
      async succeed() {
        await byKnownBrowser.delete(mark);
        return mark;
      },
    };
  }

  async function countForName(hash: Buffer): Promise<number> {
    const { failures, waitSeconds } = await countFailure(database, hash);
    if (waitSeconds > 0) throw new TooManySignIns(waitSeconds, { forName: true });
    return failures;
  }

  return {
    askerOf(nameKey, { ipAddress, browserMark }) {
      const [id] = browserMark?.split('.') ?? [];
      return id === undefined
        ? { kind: 'stranger', name: nameKey, networks: networksOf(ipAddress) }
        : { kind: 'person', id };
    },

    async begin(nameKey, { ipAddress, browserMark }) {
      const hash = hashOf(nameKey);
      if (isMarkOf(hash, browserMark)) return beginInKnownBrowser(browserMark);

      const nameHash = hash.toString('base64url');
      const networks = networksOf(ipAddress);
      await byNetwork.count(nameHash, networks);
      const failures = await countForName(hash).catch(async (error) => {
        await byNetwork.uncount(nameHash, networks);
        throw error;
      });
      return {
        lastFree: failures === FREE_FAILURES,
        async succeed() {
          await byNetwork.uncount(nameHash, networks);
          await Promise.all([byNetwork.forget(nameHash, networks), deleteFailures(database, hash)]);
          return `${nameHash}.${randomBytes(12).toString('base64url')}`;
        },
      };
    },
  };
}

function hashOf(nameKey: string): Buffer {
  return createHash('sha256').update(nameKey).digest();
}

function isMarkOf(nameHash: Buffer, mark: string | undefined): mark is string {
  return mark?.startsWith(`${nameHash.toString('base64url')}.`) === true;
}
