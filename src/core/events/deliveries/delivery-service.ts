import type { Database } from '../../../platform/database/database.ts';
import { type ListPage, orderedByKey, type PageRequest } from '../../../platform/database/paging.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAct } from '../../audit/audit-store.ts';
import { DeliveryNotFound } from './delivery-errors.ts';
import { type Delivery, type DeliveryFilter, listDeliveries, restartDelivery } from './delivery-log-store.ts';

export { type Attempt, DELIVERY_STATES, type Delivery } from './delivery-log-store.ts';

const ID = /^\d{1,18}$/;
const NEWEST_DELIVERIES = orderedByKey<Delivery>(ID, ({ id }) => id);

/** The delivery log. */
export interface DeliveryService {
  /** Newest first. @throws InvalidInput for an invalid page token */
  listDeliveries(
    filter: Pick<DeliveryFilter, 'webhookId' | 'callId' | 'clientId'>,
    page: PageRequest,
  ): Promise<ListPage<Delivery>>;
  /**
   * Delivers an event again, with the same event id. Attempts a pending delivery now. A delivery that waits behind another
   * one of its call keeps waiting.
   * @param clientId the client that asks; null for an administrator
   * @throws DeliveryNotFound also for another client's delivery
   */
  resend(id: string, clientId: string | null, actor: Actor): Promise<Delivery>;
}

/** @param onResend wakes the deliveries */
export function createDeliveryService(database: Database, onResend: () => void = () => {}): DeliveryService {
  return {
    async listDeliveries(filter, { size, token }) {
      const before = NEWEST_DELIVERIES.readPageToken(token);
      return NEWEST_DELIVERIES.pageOf(await listDeliveries(database, { ...filter, before }, size + 1), size);
    },

    async resend(id, clientId, actor) {
      const find = async () => {
        const filter = { id, ...(clientId !== null && { clientId }) };
        const [delivery] = ID.test(id) ? await listDeliveries(database, filter, 1) : [];
        if (!delivery) throw new DeliveryNotFound(id);
        return delivery;
      };
      await find();
      await database.transaction(async (tx) => {
        const restarted = await restartDelivery(tx, id);
        const act = { action: 'deliveryResent', subject: id } as const;
        if (restarted) await recordAct(tx, actor, { ...act, ...restarted });
      });
      onResend();
      return find();
    },
  };
}
