import type { Queryable } from '../../platform/database/database.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { type NewClient, upsertClient } from './client-store.ts';

/** Stores a client. Records only a new client in the audit log; the demo clients are stored again at every start. */
export async function recordClient(tx: Queryable, client: NewClient, actor: Actor): Promise<void> {
  if (!(await upsertClient(tx, client))) return;
  const details = { classic: client.classic, public: client.secretHash === null };
  await recordAct(tx, actor, { action: 'clientRegistered', clientId: client.id, details });
}
