import type { Queryable } from '../../platform/database/database.ts';
import type { CallChange } from './call.ts';

/** The SQL function announce_calls uses the same channel for changes that the database makes. */
export const CHANGES_CHANNEL = 'call_changes';

/**
 * Sends a notification. Call this after the transition is committed: NOTIFY holds a database-wide lock during commit, which
 * would serialise all transactions that open calls. The commit does not wait for the disk, because subscribers also poll.
 */
export async function notifyChanges(
  db: Queryable,
  message: { readonly from: string; readonly changes: readonly CallChange[] },
): Promise<void> {
  await db.query(
    {
      name: 'notify_changes',
      text: `SELECT set_config('synchronous_commit', 'off', true), pg_notify('${CHANGES_CHANNEL}', $1)`,
    },
    [JSON.stringify(message)],
  );
}
