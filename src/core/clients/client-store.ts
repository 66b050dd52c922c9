import type { Queryable } from '../../platform/database/database.ts';
import { type Listed, newestFirst, type TimePosition } from '../../platform/database/paging.ts';

/** Client metadata in the names of RFC 7591, without id and secret. */
export type ClientMetadata = Readonly<Record<string, unknown>>;

/**
 * Who can register a client. `itself`: by dynamic registration, without review by a person. `document`: the client is not registered; a
 * user allowed it, and a document describes it (document-client.ts).
 */
export const REGISTRARS = ['administrator', 'commandLine', 'itself', 'document', 'demo'] as const;
export type RegisteredBy = (typeof REGISTRARS)[number];

/** Whom an assertion of a client may name as its audience: the issuer alone, or also the token endpoint. */
export const ASSERTION_AUDIENCES = ['issuer', 'tokenEndpoint'] as const;
export type AssertionAudience = (typeof ASSERTION_AUDIENCES)[number];

/** A registered application (RFC 6749 section 1.1). */
export interface Client {
  readonly id: string;
  readonly name: string;
  /** May use the API documented in 2012, with its implicit flow and secrets in query strings. */
  readonly classic: boolean;
  /** Base64url SHA-256 of the secret; null for a public client, or one that authenticates with a key. */
  readonly secretHash: string | null;
  /** Web origins whose scripts may call the API with this client's tokens. */
  readonly origins: readonly string[];
  readonly metadata: ClientMetadata;
  /** Of the assertions with which the client authenticates (private_key_jwt). */
  readonly assertionAudience: AssertionAudience;
  /** If false, an authorization request with a nonce needs no PKCE (RFC 9700 section 2.1.1). */
  readonly pkceRequired: boolean;
  readonly demo: boolean;
  readonly registeredBy: RegisteredBy;
  readonly createdAt: Date;
  /** Whether its removal was interrupted; repeating the removal completes it. */
  readonly removing: boolean;
}

const CLIENT = `id, name, classic, secret_hash AS "secretHash", origins, metadata, demo,
  assertion_audience AS "assertionAudience", pkce_required AS "pkceRequired", registered_by AS "registeredBy", created_at AS "createdAt", removed_at IS NOT NULL AS removing`;

export type NewClient = Omit<Client, 'assertionAudience' | 'pkceRequired' | 'createdAt' | 'removing'>;

export const NEWEST_CLIENTS = newestFirst(
  'clients',
  { time: 'created_at', id: 'id' },
  /^([\w-]{1,64}|https:\S{1,256})$/,
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

/**
 * Stores a client that a document describes, unless it is stored: this node may have read the document earlier than what is stored.
 * The statement locks the row, so that a removal waits or has begun.
 * @returns undefined for a client that is being removed
 */
export async function storeDocumentClient(
  tx: Queryable,
  { id, name, origins, metadata }: NewClient,
): Promise<'new' | 'known' | undefined> {
  const [row] = await tx.query<{ standing: 'new' | 'known' }>(
    {
      name: 'store_document_client',
      text: `INSERT INTO clients (id, name, origins, metadata, registered_by) VALUES ($1, $2, $3, $4, 'document')
             ON CONFLICT (id) DO UPDATE SET name = clients.name
                WHERE clients.registered_by = 'document' AND clients.removed_at IS NULL
             RETURNING CASE WHEN xmax = 0 THEN 'new' ELSE 'known' END AS standing`, // xmax: see upsertClient
    },
    [id, name, origins, JSON.stringify(metadata)],
  );
  return row?.standing;
}

/** Stores what the document of a client says now. @returns whether the client is stored, and its document has changed */
export async function updateDocumentClient(
  db: Queryable,
  { id, name, origins, metadata }: NewClient,
): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'update_document_client',
      text: `UPDATE clients SET name = $2, origins = $3, metadata = $4
              WHERE id = $1 AND registered_by = 'document' AND removed_at IS NULL
                AND (name, origins, metadata) IS DISTINCT FROM ($2, $3::text[], $4::jsonb)
             RETURNING id`,
    },
    [id, name, origins, JSON.stringify(metadata)],
  );
  return rows.length === 1;
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

/** Makes all tokens of the client invalid, and prevents new ones. @returns undefined if the client does not exist */
export async function markClientRemoved(
  tx: Queryable,
  id: string,
): Promise<'started' | 'repeated' | undefined> {
  const [row] = await tx.query<{ removal: 'started' | 'repeated' }>(
    {
      name: 'mark_client_removed',
      text: `UPDATE clients c SET removed_at = coalesce(c.removed_at, now())
               FROM (SELECT id, removed_at FROM clients WHERE id = $1 FOR UPDATE) AS before
              WHERE c.id = before.id
              RETURNING CASE WHEN before.removed_at IS NULL THEN 'started' ELSE 'repeated' END AS removal`,
    },
    [id],
  );
  return row?.removal;
}

/** What the removal of a client ends. */
export interface ClientUse {
  /** Number of users with a grant for the client. */
  readonly grants: number;
  readonly ongoingCalls: number;
}

export async function countUse(db: Queryable, id: string): Promise<ClientUse> {
  const [row] = await db.query<ClientUse>(
    {
      name: 'client_use',
      text: `SELECT (SELECT count(*)::integer FROM grants WHERE client_id = $1) AS grants,
                    (SELECT count(*)::integer FROM calls WHERE client_id = $1 AND ended_at IS NULL) AS "ongoingCalls"`,
    },
    [id],
  );
  return row ?? { grants: 0, ongoingCalls: 0 };
}

/** Lists at most `limit` users with a grant for the client, by id. */
export async function listGrantingUsers(db: Queryable, id: string, limit: number): Promise<string[]> {
  const rows = await db.query<{ userId: string }>(
    {
      name: 'granting_users',
      text: 'SELECT user_id AS "userId" FROM grants WHERE client_id = $1 ORDER BY user_id LIMIT $2',
    },
    [id, limit],
  );
  return rows.map(({ userId }) => userId);
}

/** Deletes a grant with its tokens, and ends the calls opened with them (grant_withdrawn in database/functions/). */
export async function deleteUsersGrant(db: Queryable, id: string, userId: string): Promise<void> {
  await db.query(
    { name: 'delete_users_grant', text: 'DELETE FROM grants WHERE client_id = $1 AND user_id = $2' },
    [id, userId],
  );
}

/** Deletes a client with all its grants and tokens. @returns whether the client existed */
export async function deleteClient(db: Queryable, id: string): Promise<boolean> {
  const rows = await db.query(
    { name: 'delete_client', locks: true, text: 'DELETE FROM clients WHERE id = $1 RETURNING id' },
    [id],
  );
  return rows.length === 1;
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
