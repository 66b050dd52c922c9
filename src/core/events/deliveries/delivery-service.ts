import type { Database } from '../../../platform/database/database.ts';
import { type ListPage, orderedByKey, type PageRequest } from '../../../platform/database/paging.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAct } from '../../audit/audit-store.ts';
import { DeliveryNotFound } from './delivery-errors.ts';
import { type Delivery, type DeliveryFilter, listDeliveries, restartDelivery } from './delivery-log-store.ts';

export type { Attempt, Delivery } from './delivery-log-store.ts';

const ID = /^\d{1,18}$/;
const NEWEST_DELIVERIES = orderedByKey<Delivery>(ID, ({ id }) => id);

export type DeliveryService = ReturnType<typeof createDeliveryService>;

/** The log of deliveries. @param onResend wakes whoever delivers */
export function createDeliveryService(database: Database, onResend: () => void = () => {}) {
  return {
    /** Newest first. @throws InvalidInput for a page token that is not one of ours */
    async listDeliveries(
      filter: Pick<DeliveryFilter, 'webhookId' | 'callId' | 'clientId'>,
      { size, token }: PageRequest,
    ): Promise<ListPage<Delivery>> {
      const before = NEWEST_DELIVERIES.readPageToken(token);
      return NEWEST_DELIVERIES.pageOf(await listDeliveries(database, { ...filter, before }, size + 1), size);
    },

    /**
     * Delivers once more, or right now what waits for its next attempt; what waits for another one of its call goes on
     * waiting. The receiver sees the same event id.
     * @throws DeliveryNotFound also for another client's; `clientId` null stands for an administrator
     */
    async resend(id: string, clientId: string | null, actor: Actor): Promise<Delivery> {
      const find = async () => {
        const filter = { id, ...(clientId !== null && { clientId }) };
        const [found] = ID.test(id) ? await listDeliveries(database, filter, 1) : [];
        if (!found) throw new DeliveryNotFound(id);
        return found;
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
