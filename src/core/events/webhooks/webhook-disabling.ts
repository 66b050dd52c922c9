import type { Queryable } from '../../../platform/database/database.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAct } from '../../audit/audit-store.ts';
import { type DisabledReason, expediteDeliveries, setDisabled, type Webhook } from './webhook-store.ts';

const BATCH = 1_000;

/**
 * Disables or enables a webhook, and records it.
 * @param change `clientId` null: of any client; `reason` null: enables it
 * @returns undefined if there is nothing to change
 */
export async function changeDisabled(
  tx: Queryable,
  { id, clientId, reason }: { id: string; clientId: string | null; reason: DisabledReason | null },
  actor: Actor,
): Promise<Webhook | undefined> {
  const webhook = await setDisabled(tx, id, clientId, reason);
  if (!webhook) return undefined;
  const act = { clientId: webhook.clientId, subject: webhook.id };
  if (reason === null) await recordAct(tx, actor, { ...act, action: 'webhookEnabled' });
  else await recordAct(tx, actor, { ...act, action: 'webhookDisabled', details: { reason } });
  return webhook;
}

/**
 * Ends what waits for a disabled webhook. Each delivery is due at once, and its attempt stops it without sending, so that the
 * delivery log says why. After a crash, the others are due at their own time.
 */
export async function stopDeliveries(
  db: Queryable,
  webhook: Pick<Webhook, 'id' | 'clientId'>,
): Promise<void> {
  let expedited = BATCH;
  while (expedited === BATCH) expedited = await expediteDeliveries(db, webhook, BATCH);
}
