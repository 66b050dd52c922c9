import type { Queryable } from '../../platform/database/database.ts';

/** Which of the calls are ongoing, on any node. */
export async function listOngoing(db: Queryable, ids: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    {
      name: 'ongoing_of_calls',
      text: 'SELECT id FROM calls WHERE id = ANY ($1) AND ended_at IS NULL',
    },
    [ids],
  );
  return rows.map(({ id }) => id);
}
