import type { Queryable } from '../../platform/database/database.ts';

/** @returns the scopes that the user has granted to the client; undefined without a grant */
export async function findGrantedScopes(
  db: Queryable,
  userId: string,
  clientId: string,
): Promise<string[] | undefined> {
  const [row] = await db.query<{ scopes: string[] }>(
    { name: 'granted_scopes', text: 'SELECT scopes FROM grants WHERE user_id = $1 AND client_id = $2' },
    [userId, clientId],
  );
  return row?.scopes;
}

/** Adds scopes to the grant, and removes the refused ones. */
export async function rememberGrant(
  db: Queryable,
  userId: string,
  clientId: string,
  scopes: readonly string[],
  refused: readonly string[],
): Promise<void> {
  await db.query(
    {
      name: 'remember_grant',
      text: `INSERT INTO grants (user_id, client_id, scopes) VALUES ($1, $2, $3)
             ON CONFLICT (user_id, client_id)
             DO UPDATE SET granted_at = now(),
                           scopes = ARRAY(SELECT unnest(grants.scopes) EXCEPT SELECT unnest($4::text[]) UNION SELECT unnest($3::text[]))`,
    },
    [userId, clientId, scopes, refused],
  );
}

/** Finds the granted scopes and locks the grant until the transaction ends. */
export async function lockGrantedScopes(db: Queryable, userId: string, clientId: string): Promise<string[]> {
  const [row] = await db.query<{ scopes: string[] }>(
    {
      name: 'lock_granted_scopes',
      text: 'SELECT scopes FROM grants WHERE user_id = $1 AND client_id = $2 FOR UPDATE',
    },
    [userId, clientId],
  );
  return row?.scopes ?? [];
}

/**
 * Deletes all codes and tokens that the client has for the user. The grant and calls stay.
 * @param currentId id of the authorization in progress, if any, which is kept
 */
export async function endAuthorizations(
  db: Queryable,
  userId: string,
  clientId: string,
  currentId: string | undefined,
): Promise<void> {
  await db.query(
    {
      name: 'end_authorizations_of_grant',
      text: 'DELETE FROM authorizations WHERE user_id = $1 AND client_id = $2 AND id IS DISTINCT FROM $3',
    },
    [userId, clientId, currentId ?? null],
  );
}

/** Records that the browser that granted an authorization had verified the second factor. */
export async function recordSecondFactor(db: Queryable, authorizationId: string): Promise<void> {
  await db.query(
    {
      name: 'record_second_factor',
      text: 'UPDATE authorizations SET second_factor = true WHERE id = $1',
    },
    [authorizationId],
  );
}

/** Deletes all codes and tokens under the user's authorizations with the scope `admin`. @returns the clients that had them */
export async function endAdministration(db: Queryable, userId: string): Promise<string[]> {
  const rows = await db.query<{ clientId: string }>(
    {
      name: 'end_administration',
      text: `DELETE FROM authorizations
              WHERE user_id = $1 AND string_to_array(payload->'openid'->>'scope', ' ') @> ARRAY['admin']
              RETURNING client_id AS "clientId"`,
    },
    [userId],
  );
  return [...new Set(rows.map(({ clientId }) => clientId))];
}

/** A grant of a user to a client. */
export interface RememberedGrant {
  readonly clientId: string;
  readonly clientName: string;
  readonly scopes: readonly string[];
  readonly grantedAt: Date;
  /** When a token was last issued under the grant, accurate to a minute; null if none was issued. */
  readonly lastUsedAt: Date | null;
}

/** Oldest first. */
export function listGrants(db: Queryable, userName: string): Promise<RememberedGrant[]> {
  return db.query<RememberedGrant>(
    {
      name: 'list_grants',
      text: `SELECT g.client_id AS "clientId", c.name AS "clientName", g.scopes, g.granted_at AS "grantedAt",
                    g.last_used_at AS "lastUsedAt"
               FROM grants g JOIN clients c ON c.id = g.client_id JOIN users u ON u.id = g.user_id
              WHERE u.name_key = user_name_key($1) ORDER BY g.granted_at, g.client_id`,
    },
    [userName],
  );
}

/** A grant to a client, with its user. */
export interface GrantOfClient {
  readonly userName: string;
  readonly scopes: readonly string[];
  readonly grantedAt: Date;
}

/** Lists grants by user name. @param after name of the last user of the previous page */
export function listGrantsOfClient(
  db: Queryable,
  clientId: string,
  after: string,
  size: number,
): Promise<GrantOfClient[]> {
  return db.query<GrantOfClient>(
    {
      name: 'list_grants_of_client',
      text: `SELECT u.name AS "userName", g.scopes, g.granted_at AS "grantedAt"
               FROM grants g JOIN users u ON u.id = g.user_id
              WHERE g.client_id = $1 AND u.name_key > user_name_key($2) ORDER BY u.name_key LIMIT $3`,
    },
    [clientId, after, size],
  );
}

/**
 * Deletes a grant with its tokens, and ends the calls opened with them (grant_withdrawn in database/functions/). Locks the user
 * before the grant, in the same order as an erasure.
 * @returns the id of the user; undefined if there was no grant
 */
export async function deleteGrant(
  tx: Queryable,
  userName: string,
  clientId: string,
): Promise<string | undefined> {
  const [user] = await tx.query<{ id: string }>(
    {
      name: 'lock_grantor',
      text: 'SELECT id FROM users WHERE name_key = user_name_key($1) FOR NO KEY UPDATE',
    },
    [userName],
  );
  const [row] = await tx.query<{ userId: string }>(
    {
      name: 'delete_grant',
      text: 'DELETE FROM grants WHERE client_id = $2 AND user_id = $1 RETURNING user_id AS "userId"',
    },
    [user?.id, clientId],
  );
  return row?.userId;
}
