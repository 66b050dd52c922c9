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
