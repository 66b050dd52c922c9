import type { Queryable } from '../../../platform/database/database.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAct } from '../../audit/audit-store.ts';
import { type DisabledReason, expediteDeliveries, setDisabled, type Webhook } from './webhook-store.ts';

/**
 * Disables or enables a webhook, and records it. Deliveries that wait for a disabled webhook are due at once: their attempts stop
 * them without sending, so that the delivery log says why, and make more of them due.
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
  else {
    await recordAct(tx, actor, { ...act, action: 'webhookDisabled', details: { reason } });
    await expediteDeliveries(tx, webhook);
  }
  return webhook;
}
