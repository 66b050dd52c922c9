import type { Queryable } from '../../platform/database/database.ts';

/** Client metadata in the names of RFC 7591, without id and secret. */
export type ClientMetadata = Readonly<Record<string, unknown>>;

/** By whom an application was registered: nobody has looked at one that did so itself. */
export type RegisteredBy = 'administrator' | 'commandLine' | 'itself' | 'demo';

/** A registered application. */
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
  readonly demo: boolean;
  readonly registeredBy: RegisteredBy;
  readonly createdAt: Date;
  /** Its removal has begun, and not come to its end: doing it again brings it there. */
  readonly removing: boolean;
}

const CLIENT = `id, name, classic, secret_hash AS "secretHash", origins, metadata, demo,
  registered_by AS "registeredBy", created_at AS "createdAt", removed_at IS NOT NULL AS removing`;

export type NewClient = Omit<Client, 'createdAt' | 'removing'>;

/** @returns whether it is a new one */
export async function upsertClient(db: Queryable, client: NewClient): Promise<boolean> {
  const [row] = await db.query<{ inserted: boolean }>(
    {
      name: 'upsert_client',
      text: `INSERT INTO clients (id, name, classic, secret_hash, origins, metadata, demo, registered_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (id) DO UPDATE SET name = $2, secret_hash = $4, origins = $5, metadata = $6, removed_at = NULL
             RETURNING xmax = 0 AS inserted`, // a row that was there has been locked
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

/** None either when its removal has begun. */
export async function findClient(db: Queryable, id: string): Promise<Client | undefined> {
  const [client] = await findClients(db, [id]);
  return client;
}

/** Those that there are, in any order. */
export function findClients(db: Queryable, ids: readonly string[]): Promise<Client[]> {
  return db.query<Client>(
    { name: 'clients', text: `SELECT ${CLIENT} FROM clients WHERE id = ANY ($1) AND removed_at IS NULL` },
    [ids],
  );
}

/** Oldest first; with those whose removal has begun and not come to its end, so that they can be removed again. */
export function listClients(db: Queryable): Promise<Client[]> {
  return db.query<Client>({
    name: 'list_clients',
    text: `SELECT ${CLIENT} FROM clients ORDER BY created_at, id`,
  });
}

/** @returns false when there is no such client, or it has no secret to replace */
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

/** From now on none of its tokens counts, and it gets no more. @returns undefined without such a client */
export async function markRemoved(tx: Queryable, id: string): Promise<'begun' | 'repeated' | undefined> {
  const [row] = await tx.query<{ removal: 'begun' | 'repeated' }>(
    {
      name: 'mark_client_removed',
      text: `UPDATE clients c SET removed_at = coalesce(c.removed_at, now())
               FROM (SELECT id, removed_at FROM clients WHERE id = $1 FOR UPDATE) AS before
              WHERE c.id = before.id
              RETURNING CASE WHEN before.removed_at IS NULL THEN 'begun' ELSE 'repeated' END AS removal`,
    },
    [id],
  );
  return row?.removal;
}

/** What ends with a client. */
export interface ClientUse {
  /** How many users have granted it anything. */
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

/** The first so many users, in the order of their ids, who have granted the client anything. */
export async function listGrantingUsers(db: Queryable, id: string, most: number): Promise<string[]> {
  const rows = await db.query<{ userId: string }>(
    {
      name: 'granting_users',
      text: 'SELECT user_id AS "userId" FROM grants WHERE client_id = $1 ORDER BY user_id LIMIT $2',
    },
    [id, most],
  );
  return rows.map(({ userId }) => userId);
}

/** Takes the tokens issued under it along, and ends the calls opened with those (grant_withdrawn in database/functions/). */
export async function deleteUsersGrant(db: Queryable, id: string, userId: string): Promise<void> {
  await db.query(
    { name: 'delete_users_grant', text: 'DELETE FROM grants WHERE client_id = $1 AND user_id = $2' },
    [id, userId],
  );
}

/** Takes all grants and tokens of the client along. @returns whether there was one */
export async function deleteClient(db: Queryable, id: string): Promise<boolean> {
  const rows = await db.query(
    { name: 'delete_client', locks: true, text: 'DELETE FROM clients WHERE id = $1 RETURNING id' },
    [id],
  );
  return rows.length === 1;
}

/**
 * Whether scripts of a web origin may read answers: those of the client whose token came along; of any client when no
 * valid token did, since a browser asks before it sends one (and must be able to read that its token has expired).
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
