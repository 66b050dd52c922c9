import { createHash } from 'node:crypto';
import { isIPv6, SocketAddress } from 'node:net';
import type pg from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { asDatabaseError } from '../database/database-errors.ts';
import { TooManySignIns } from './people-errors.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** Wrong passwords allowed in a time, in seconds, before further attempts are refused until the time is over. */
const LIMITS = {
  /** One user's name from one address: somebody guessing, or a person who forgot. */
  nameAndAddress: { keyPrefix: 'name-address', points: 10, duration: 15 * MINUTE },
  /** Any names from one address: somebody trying many. Generous, since an office may share one. */
  address: { keyPrefix: 'address', points: 100, duration: 15 * MINUTE },
  /** One name from addresses where its owner has not signed in lately: somebody guessing from many. */
  nameFromStrangers: { keyPrefix: 'name', points: 500, duration: 60 * MINUTE },
};
/** How long an address is remembered as the user's own, in seconds. */
const KNOWN_FOR = 30 * DAY;

/** A trusted proxy may pass on anything a client claims to be its address. */
const LONGEST_ADDRESS = 64;

export interface Attempt {
  /** Takes the attempt back from the counts: only wrong passwords count. */
  succeeded(): Promise<void>;
}

/**
 * Slows down guessing over all nodes, counted in PostgreSQL. A stranger cannot lock anybody out: wrong passwords from
 * elsewhere never count against an address from which the user signed in during the last 30 days.
 */
export function createSignInThrottle(pool: pg.Pool) {
  const limiter = (limit: { keyPrefix: string; points: number; duration: number }) =>
    new RateLimiterPostgres({
      storeClient: pool,
      tableName: 'sign_in_attempts',
      tableCreated: true,
      ...limit,
    });
  const byNameAndAddress = limiter(LIMITS.nameAndAddress);
  const byAddress = limiter(LIMITS.address);
  const byName = limiter(LIMITS.nameFromStrangers);
  const known = limiter({ keyPrefix: 'known', points: 1, duration: KNOWN_FOR });

  return {
    /** Counts the attempt before the password is looked at, so that parallel guesses all count. @throws TooManySignIns */
    async begin(name: string, ipAddress: string): Promise<Attempt> {
      const who = digest(name.toLowerCase());
      const where = network(ipAddress);
      const both = `${who} ${where}`;
      return limited(async () => {
        await byNameAndAddress.consume(both);
        await byAddress.consume(where);
        const isKnown = (await known.get(both)) !== null;
        if (!isKnown) await byName.consume(who);
        return {
          async succeeded() {
            await limited(() =>
              Promise.all([
                byNameAndAddress.delete(both),
                byAddress.reward(where),
                ...(isKnown ? [] : [byName.reward(who)]),
                known.set(both, 1, KNOWN_FOR),
              ]),
            );
          },
        };
      });
    },
  };
}

async function limited<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RateLimiterRes) throw new TooManySignIns(Math.ceil(error.msBeforeNext / 1000));
    throw asDatabaseError(error);
  }
}

function digest(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}

/** An IPv6 user has a whole /64 to choose addresses from, so that counts as one. */
function network(ipAddress: string): string {
  if (!isIPv6(ipAddress)) return ipAddress.slice(0, LONGEST_ADDRESS);
  const { address } = new SocketAddress({ address: ipAddress, family: 'ipv6' });
  if (address.startsWith('::ffff:')) return address.slice('::ffff:'.length);
  const [left = '', right = ''] = address.split('::');
  const before = left.split(':').filter(Boolean);
  const after = right.split(':').filter(Boolean);
  const zeros = new Array(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
