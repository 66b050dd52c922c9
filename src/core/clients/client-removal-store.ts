import type { Queryable } from '../../platform/database/database.ts';

/** Makes all tokens of the client invalid, and prevents new ones. @returns undefined if the client does not exist */
export async function markClientRemoved(
  tx: Queryable,
  id: string,
): Promise<'started' | 'repeated' | undefined> {
  const [row] = await tx.query<{ removal: 'started' | 'repeated' }>(
    {
      name: 'mark_client_removed',
      text: `UPDATE clients c SET removed_at = coalesce(c.removed_at, now())
               FROM (SELECT id, removed_at FROM clients WHERE id = $1 FOR UPDATE) AS locked
              WHERE c.id = locked.id
              RETURNING CASE WHEN locked.removed_at IS NULL THEN 'started' ELSE 'repeated' END AS removal`,
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
