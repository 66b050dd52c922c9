import { generateKeyPair as generateKeyPairCallback, type JsonWebKey, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Database } from '../../platform/database/database.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { deleteKeySets, insertKeySet, type KeySet, listKeySets, lockKeySets } from './signing-key-store.ts';

const generateKeyPair = promisify(generateKeyPairCallback);

/** How often every node looks for new keys. */
export const KEYS_READ_EVERY_SECONDS = 30;
/** A new set signs only when all nodes have surely read it: what one node signs, every other must be able to verify. */
const SIGNS_AFTER_SECONDS = 3 * KEYS_READ_EVERY_SECONDS;
/** Longer than anything signed lives: sessions, the longest, last 14 days. */
const KEPT_FOR_SECONDS = 30 * 24 * 3600;

/** Ready for the provider: whatever comes first signs, all of it verifies. */
export interface Keys {
  readonly jwks: { keys: JsonWebKey[] };
  readonly cookieKeys: string[];
  /** Changes whenever the keys or their order do. */
  readonly version: string;
}

/** Reads the keys that all nodes share, and makes the first ones on the first start. */
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

/** Adds a new set, to sign with from a minute and a half on, and drops those too old for anything to be signed with. */
export async function rotateKeys(database: Database, actor: Actor): Promise<void> {
  const fresh = await generateKeySet();
  await database.transaction(async (tx) => {
    await lockKeySets(tx);
    const [newest, ...older] = await listKeySets(tx);
    // A set is out of use from when its successor took over, so the one after it tells its age.
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

/** RS256 because OpenID Connect asks every provider for it, ES256 for clients that want something smaller. */
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
