import type { Queryable } from '../../platform/database/database.ts';

export async function hasUsers(db: Queryable): Promise<boolean> {
  const rows = await db.query({ name: 'any_user', text: 'SELECT 1 FROM users LIMIT 1' });
  return rows.length > 0;
}

export async function hasDemoData(db: Queryable): Promise<boolean> {
  const rows = await db.query({
    name: 'any_demo',
    text: 'SELECT 1 FROM users WHERE demo UNION ALL SELECT 1 FROM clients WHERE demo LIMIT 1',
  });
  return rows.length > 0;
}

/** @param hash SHA-256 of an authorization code or an access token @returns whether a demo client got it, within the last hour */
export async function isIssuedToDemoClient(db: Queryable, hash: Buffer): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'issued_to_demo_client',
      text: `SELECT 1 FROM access_tokens t JOIN clients c ON c.id = t.client_id WHERE t.hash = $1 AND c.demo
              UNION ALL
             SELECT 1 FROM artifacts a JOIN clients c ON c.id = a.payload->>'clientId'
              WHERE a.model = 'AuthorizationCode' AND a.id = $2 AND c.demo`,
    },
    [hash, hash.toString('base64url')],
  );
  return rows.length > 0;
}

/** @returns what was deleted */
export async function deleteDemoData(
  db: Queryable,
): Promise<{ users: { id: string; name: string }[]; clients: { id: string }[] }> {
  await db.query({
    name: 'delete_demo_calls',
    text: 'DELETE FROM calls WHERE user_id IN (SELECT id FROM users WHERE demo)',
  });
  const clients = await db.query<{ id: string }>({
    name: 'delete_demo_clients',
    text: 'DELETE FROM clients WHERE demo RETURNING id',
  });
  const users = await db.query<{ id: string; name: string }>({
    name: 'delete_demo_users',
    text: 'DELETE FROM users WHERE demo RETURNING id, name',
  });
  return { users, clients };
}
