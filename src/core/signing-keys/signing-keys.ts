import { generateKeyPair as generateKeyPairCallback, type JsonWebKey, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Database } from '../../platform/database/database.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { deleteKeySets, insertKeySet, type KeySet, listKeySets, lockKeySets } from './signing-key-store.ts';

const generateKeyPair = promisify(generateKeyPairCallback);

/** How often each node reads the keys again. */
export const KEYS_READ_EVERY_SECONDS = 30;
/** A new set signs only when all nodes have read it, so that every node can verify what another signs. */
const SIGNS_AFTER_SECONDS = 3 * KEYS_READ_EVERY_SECONDS;
/** Longer than the lifetime of everything that is signed; sessions last longest, 14 days. */
const KEPT_FOR_SECONDS = 30 * 24 * 3600;

/** Keys in the form that the provider needs: the first key signs, all keys verify. */
export interface Keys {
  readonly jwks: { keys: JsonWebKey[] };
  readonly cookieKeys: string[];
  /** Changes when the keys or their order change. */
  readonly version: string;
}

/** Reads the keys that all nodes share, and creates them on the first start. */
export async function readKeys(database: Database): Promise<Keys> {
  let sets = await listKeySets(database);
  if (sets.length === 0) {
    const first = await generateKeySet();
    sets = await database.transaction(async (tx) => {
      await lockKeySets(tx);
      if ((await listKeySets(tx)).length === 0) await insertKeySet(tx, first);
      return listKeySets(tx);
    });
  }
  const inOrder = signingFirst(sets);
  return {
    jwks: { keys: inOrder.flatMap((set) => set.signingKeys) as JsonWebKey[] },
    cookieKeys: inOrder.map((set) => set.cookieKey),
    version: inOrder.map((set) => set.id).join(),
  };
}

/** Adds a new set, which signs after 90 seconds, and deletes sets whose signatures have all expired. */
export async function rotateKeys(database: Database, actor: Actor): Promise<void> {
  const fresh = await generateKeySet();
  await database.transaction(async (tx) => {
    await lockKeySets(tx);
    const [newest, ...older] = await listKeySets(tx);
    // A set stops signing when its successor starts, so the age of the successor counts.
    const superseded = older.filter(
      (_, index) => ((index === 0 ? newest : older[index - 1])?.ageSeconds ?? 0) > KEPT_FOR_SECONDS,
    );
    await deleteKeySets(
      tx,
      superseded.map(({ id }) => id),
    );
    await insertKeySet(tx, fresh);
    await recordAct(tx, actor, { action: 'keysRotated' });
  });
}

/** @param sets newest first */
function signingFirst(sets: readonly KeySet[]): KeySet[] {
  const signing = sets.find((set) => set.ageSeconds >= SIGNS_AFTER_SECONDS) ?? sets.at(-1);
  return signing ? [signing, ...sets.filter((set) => set !== signing)] : [];
}

/** RS256, because OpenID Connect requires it; ES256, because its signatures are smaller. */
async function generateKeySet(): Promise<Pick<KeySet, 'signingKeys' | 'cookieKey'>> {
  const [rsa, ec] = await Promise.all([
    generateKeyPair('rsa', { modulusLength: 2048 }),
    generateKeyPair('ec', { namedCurve: 'P-256' }),
  ]);
  const jwk = (pair: typeof rsa, alg: string) => ({
    ...pair.privateKey.export({ format: 'jwk' }),
    use: 'sig',
    alg,
    kid: randomBytes(12).toString('base64url'),
  });
  return {
    signingKeys: [jwk(rsa, 'RS256'), jwk(ec, 'ES256')],
    cookieKey: randomBytes(32).toString('base64url'),
  };
}
