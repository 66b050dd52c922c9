import type { Database } from '../../platform/database/database.ts';
import { findUnfinishedErasure, finishErasure, stripCalls } from './erasure-store.ts';

/** Calls a transaction: locks are held for a moment. */
const BATCH = 500;

/**
 * Strips the calls of a person who was erased.
 * @param stopped asked between batches, whether to leave the rest to `finishErasures`
 */
export async function stripCallsOf(
  database: Database,
  userId: string,
  stopped: () => boolean,
): Promise<void> {
  let from = '-infinity';
  while (!stopped()) {
    const stripped = await database.transaction((tx) => stripCalls(tx, userId, from, BATCH));
    if (stripped.calls < BATCH) return finishErasure(database, userId);
    from = stripped.last ?? from;
  }
}

/** Goes on where erasures have broken off. */
export async function finishErasures(database: Database, stopped = () => false): Promise<void> {
  for (;;) {
    const userId = stopped() ? undefined : await findUnfinishedErasure(database);
    if (userId === undefined) return;
    await stripCallsOf(database, userId, stopped);
  }
}
