import type { Queryable } from '../../platform/database/database.ts';

/** Any constant will do, as long as all nodes use the same. */
const LOCK = 7_225_529_003n;

/** Of nodes that start together one makes it. Held until the transaction ends. @returns whether it was free */
export async function lockDemoData(db: Queryable): Promise<boolean> {
  const [row] = await db.query<{ locked: boolean }>({
    name: 'lock_demo_data',
    text: `SELECT pg_try_advisory_xact_lock(${LOCK}) AS locked`,
  });
  return row?.locked === true;
}

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

/** @returns what is gone now */
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
