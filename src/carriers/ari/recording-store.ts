import type { Queryable } from '../../platform/database/database.ts';
import { ARI } from './resource-names.ts';

const BATCH_SIZE = 100;

/** Calls that retention removed or stripped, and whose recordings must be deleted; a batch at a time. */
export async function listRecordingsToRemove(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ callId: string }>(
    {
      name: 'recordings_to_remove',
      text: 'SELECT call_id AS "callId" FROM recordings_to_remove WHERE carrier = $1 LIMIT $2',
    },
    [ARI, BATCH_SIZE],
  );
  return rows.map(({ callId }) => callId);
}

/** The recordings of these calls have been deleted. */
export async function forgetRecordings(db: Queryable, callIds: readonly string[]): Promise<void> {
  await db.query(
    { name: 'forget_recordings', text: 'DELETE FROM recordings_to_remove WHERE call_id = ANY ($1)' },
    [callIds],
  );
}
