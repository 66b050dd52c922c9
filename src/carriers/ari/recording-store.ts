import type { Queryable } from '../../platform/database/database.ts';
import { ARI } from './names.ts';

const AT_ONCE = 100;

/** Calls that were removed or stripped, and may have recordings; some of them at a time. */
export async function listRecordingsToRemove(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ callId: string }>(
    {
      name: 'recordings_to_remove',
      text: 'SELECT call_id AS "callId" FROM recordings_to_remove WHERE carrier = $1 LIMIT $2',
    },
    [ARI, AT_ONCE],
  );
  return rows.map(({ callId }) => callId);
}

/** They are removed where they were. */
export async function forgetRecordings(db: Queryable, callIds: readonly string[]): Promise<void> {
  await db.query(
    { name: 'forget_recordings', text: 'DELETE FROM recordings_to_remove WHERE call_id = ANY ($1)' },
    [callIds],
  );
}
