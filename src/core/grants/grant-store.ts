import type { Queryable } from '../../platform/database/database.ts';

/** The scopes that the user has granted the client before; undefined when nothing was. */
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

/** Adds to what was granted before, and takes away from it what is refused now. */
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

/** The same, and nobody else changes it until the transaction ends. */
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
 * Every code and token that the client holds for the user goes; the grant stays, and so do calls.
 * @param underWay the authorization in which the person is asked just now, if there is one: it has given nothing yet
 */
export async function endAuthorizations(
  db: Queryable,
  userId: string,
  clientId: string,
  underWay: string | undefined,
): Promise<void> {
  await db.query(
    {
      name: 'end_authorizations_of_grant',
      text: 'DELETE FROM authorizations WHERE user_id = $1 AND client_id = $2 AND id IS DISTINCT FROM $3',
    },
    [userId, clientId, underWay ?? null],
  );
}

/** What a user has granted a client. */
export interface RememberedGrant {
  readonly clientId: string;
  readonly clientName: string;
  readonly scopes: readonly string[];
  readonly grantedAt: Date;
  /** When a token was last issued under it, give or take a minute; null for none since this is noted. */
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
              WHERE lower(u.name) = lower($1) ORDER BY g.granted_at, g.client_id`,
    },
    [userName],
  );
}

/** What one of its users has granted a client. */
export interface GrantOfClient {
  readonly userName: string;
  readonly scopes: readonly string[];
  readonly grantedAt: Date;
}

/** By the users' names, from the one after `after`. */
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
              WHERE g.client_id = $1 AND lower(u.name) > lower($2) ORDER BY lower(u.name) LIMIT $3`,
    },
    [clientId, after, size],
  );
}

/**
 * Takes its tokens along, and ends the calls opened with them (grant_withdrawn in database/functions/). The user is locked before
 * the grant, as whoever erases the user does it.
 * @returns the user's id; undefined when there was none
 */
export async function deleteGrant(
  tx: Queryable,
  userName: string,
  clientId: string,
): Promise<string | undefined> {
  const [user] = await tx.query<{ id: string }>(
    {
      name: 'lock_grantor',
      text: 'SELECT id FROM users WHERE lower(name) = lower($1) FOR NO KEY UPDATE',
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
