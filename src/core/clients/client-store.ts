import type { Queryable } from '../../platform/database/database.ts';
import { type Listed, newestFirst, type TimePosition } from '../../platform/database/paging.ts';
import type { AssertionAudience, Client, ClientMetadata, NewClient } from './client.ts';

const CLIENT = `id, name, classic, secret_hash AS "secretHash", origins, metadata, demo,
  assertion_audience AS "assertionAudience", pkce_required AS "pkceRequired", registered_by AS "registeredBy", created_at AS "createdAt", removed_at IS NOT NULL AS removing`;

export const NEWEST_CLIENTS = newestFirst(
  'clients',
  { time: 'created_at', id: 'id' },
  /^([\w-]{1,64}|https:\S+)$/,
);

/** @returns whether the client is new */
export async function upsertClient(db: Queryable, client: NewClient): Promise<boolean> {
  const [row] = await db.query<{ inserted: boolean }>(
    {
      name: 'upsert_client',
      text: `INSERT INTO clients (id, name, classic, secret_hash, origins, metadata, demo, registered_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (id) DO UPDATE SET name = $2, secret_hash = $4, origins = $5, metadata = $6, removed_at = NULL
             RETURNING xmax = 0 AS inserted`, // xmax is set if the row existed and was updated
    },
    [
      client.id,
      client.name,
      client.classic,
      client.secretHash,
      client.origins,
      JSON.stringify(client.metadata),
      client.demo,
      client.registeredBy,
    ],
  );
  return row?.inserted === true;
}

/** @returns undefined also for a client that is being removed */
export async function findClient(db: Queryable, id: string): Promise<Client | undefined> {
  const [client] = await findClients(db, [id]);
  return client;
}

/** Finds the clients that exist, in any order. */
export function findClients(db: Queryable, ids: readonly string[]): Promise<Client[]> {
  return db.query<Client>(
    { name: 'clients', text: `SELECT ${CLIENT} FROM clients WHERE id = ANY ($1) AND removed_at IS NULL` },
    [ids],
  );
}

/** Lists at most `size` clients, newest first, including those whose removal was interrupted. */
export function listClients(
  db: Queryable,
  after: TimePosition | undefined,
  size: number,
): Promise<Listed<Client>[]> {
  const { behind, order, position } = NEWEST_CLIENTS;
  return db.query<Listed<Client>>(
    {
      name: after ? 'list_more_clients' : 'list_clients',
      text: `SELECT ${CLIENT}, ${position} FROM clients ${after ? `WHERE ${behind('$2', '$3')}` : ''}
              ORDER BY ${order} LIMIT $1`,
    },
    [size, ...(after ? [after.at, after.id] : [])],
  );
}

/** @returns false if the client does not exist, or has no secret */
export async function updateSecret(db: Queryable, id: string, secretHash: string): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'client_secret',
      text: 'UPDATE clients SET secret_hash = $2 WHERE id = $1 AND secret_hash IS NOT NULL RETURNING id',
    },
    [id, secretHash],
  );
  return rows.length === 1;
}

/** @returns whether the client exists */
export async function updateAssertionAudience(
  db: Queryable,
  id: string,
  audience: AssertionAudience,
): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'client_assertion_audience',
      text: 'UPDATE clients SET assertion_audience = $2 WHERE id = $1 AND removed_at IS NULL RETURNING id',
    },
    [id, audience],
  );
  return rows.length === 1;
}

/** @returns whether the client exists */
export async function updateMetadata(db: Queryable, id: string, metadata: ClientMetadata): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'client_metadata',
      text: 'UPDATE clients SET metadata = $2 WHERE id = $1 AND removed_at IS NULL RETURNING id',
    },
    [id, JSON.stringify(metadata)],
  );
  return rows.length === 1;
}

/** @returns whether the client exists */
export async function updatePkceRequired(db: Queryable, id: string, required: boolean): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'client_pkce_required',
      text: 'UPDATE clients SET pkce_required = $2 WHERE id = $1 AND removed_at IS NULL RETURNING id',
    },
    [id, required],
  );
  return rows.length === 1;
}

/** Lists the redirect URIs of all classic clients. */
export async function listClassicRedirectUris(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ uri: string }>({
    name: 'classic_redirect_uris',
    text: `SELECT jsonb_array_elements_text(metadata->'redirect_uris') AS uri FROM clients WHERE classic AND removed_at IS NULL`,
  });
  return rows.map(({ uri }) => uri);
}

/**
 * Whether scripts of a web origin may read responses. With a valid token, the origin must belong to its client. Otherwise it may
 * belong to any client, because a browser sends preflight requests without the token, and must be able to read that a token has
 * expired.
 */
export async function isOriginRegistered(
  db: Queryable,
  origin: string,
  tokenHash: Buffer | null,
): Promise<boolean> {
  const [row] = await db.query<{ registered: boolean }>(
    {
      name: 'origin_registered',
      text: `SELECT EXISTS (
               SELECT 1 FROM clients c
                WHERE c.origins @> ARRAY[$1]
                  AND c.id = coalesce((SELECT client_id FROM access_tokens WHERE hash = $2 AND expires_at > now()), c.id)
             ) AS registered`,
    },
    [origin, tokenHash],
  );
  return row?.registered === true;
}
