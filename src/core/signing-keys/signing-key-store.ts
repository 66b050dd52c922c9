import type { Queryable } from '../../platform/database/database.ts';

/** The private keys with which all nodes sign. They never leave the server. */
export interface KeySet {
  readonly id: string;
  /** Private JWKs, one for each algorithm. */
  readonly signingKeys: readonly Record<string, unknown>[];
  /** Base64url; signs cookies. */
  readonly cookieKey: string;
  readonly ageSeconds: number;
}

/** Newest first. */
export function listKeySets(db: Queryable): Promise<KeySet[]> {
  return db.query<KeySet>({
    name: 'list_key_sets',
    text: `SELECT id::text, signing_keys AS "signingKeys", cookie_key AS "cookieKey",
                  extract(epoch FROM now() - created_at)::float8 AS "ageSeconds"
             FROM key_sets ORDER BY key_sets.id DESC`,
  });
}

export async function insertKeySet(
  db: Queryable,
  set: Pick<KeySet, 'signingKeys' | 'cookieKey'>,
): Promise<void> {
  await db.query(
    { name: 'insert_key_set', text: 'INSERT INTO key_sets (signing_keys, cookie_key) VALUES ($1, $2)' },
    [JSON.stringify(set.signingKeys), set.cookieKey],
  );
}

/** Locks the table until the transaction ends, so that nodes that start at the same time do not create different keys. */
export async function lockKeySets(db: Queryable): Promise<void> {
  await db.query({ name: 'lock_key_sets', text: 'LOCK TABLE key_sets IN SHARE ROW EXCLUSIVE MODE' });
}

export async function deleteKeySets(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query({ name: 'delete_key_sets', text: 'DELETE FROM key_sets WHERE id = ANY ($1::bigint[])' }, [
    ids,
  ]);
}
