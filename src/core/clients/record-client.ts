import type { Database } from '../../platform/database/database.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { type NewClient, upsertClient } from './client-store.ts';

/** One that is there already, as the demonstration's are at every start, is no new one for the audit log to tell of. */
export function recordClient(
  database: Pick<Database, 'transaction'>,
  client: NewClient,
  actor: Actor,
): Promise<void> {
  return database.transaction(async (tx) => {
    if (!(await upsertClient(tx, client))) return;
    const details = { classic: client.classic, public: client.secretHash === null };
    await recordAct(tx, actor, { action: 'clientRegistered', clientId: client.id, details });
  });
}
