import type { Queryable } from '../../platform/database/database.ts';
import type { CallChange } from './call.ts';

/** The function announce_calls (database/functions/) uses it, too, for changes that the database itself makes. */
export const CHANGES_CHANNEL = 'call_changes';

/**
 * In a statement of its own, after the change is committed: NOTIFY takes one lock for the whole database at commit, which
 * would put all openings of calls in a row. It does not wait for the disk either; a lost notification is made up for.
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
