import type { Database, Queryable } from '../../platform/database/database.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import type { NewClient } from './client.ts';
import { ClientNotFound } from './client-errors.ts';
import { upsertClient } from './client-store.ts';
import { storeDocumentClient, updateDocumentClient } from './document-client-store.ts';

/** Stores a client. Records only a new client in the audit log; the demo clients are stored again at every start. */
export async function recordClient(tx: Queryable, client: NewClient, actor: Actor): Promise<void> {
  if (await upsertClient(tx, client)) await recordRegistration(tx, client, actor);
}

/**
 * Stores a client that a document describes, because a user allows it.
 * @throws ClientNotFound while the client is being removed
 */
export async function recordDocumentClient(tx: Queryable, client: NewClient, actor: Actor): Promise<void> {
  const standing = await storeDocumentClient(tx, client);
  if (standing === undefined) throw new ClientNotFound(client.id);
  if (standing === 'new') await recordRegistration(tx, client, actor);
}

/** Stores what the document of a client says now, if a user has allowed the client. */
export async function refreshDocumentClient(database: Database, client: NewClient): Promise<void> {
  await database.transaction(async (tx) => {
    if (!(await updateDocumentClient(tx, client))) return;
    const actor = { kind: 'application', clientId: client.id } as const;
    await recordAct(tx, actor, { action: 'clientDocumentChanged', clientId: client.id });
  });
}

async function recordRegistration(
  tx: Queryable,
  { id, classic, secretHash }: NewClient,
  actor: Actor,
): Promise<void> {
  const details = { classic, public: secretHash === null };
  await recordAct(tx, actor, { action: 'clientRegistered', clientId: id, details });
}
