import type { Queryable } from '../../database/database.ts';

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

/** Adds to what was granted before. */
export async function rememberGrant(
  db: Queryable,
  userId: string,
  clientId: string,
  scopes: readonly string[],
): Promise<void> {
  await db.query(
    {
      name: 'remember_grant',
      text: `INSERT INTO grants (user_id, client_id, scopes) VALUES ($1, $2, $3)
             ON CONFLICT (user_id, client_id)
             DO UPDATE SET granted_at = now(), scopes = ARRAY(SELECT unnest(grants.scopes) UNION SELECT unnest($3::text[]))`,
    },
    [userId, clientId, scopes],
  );
}
