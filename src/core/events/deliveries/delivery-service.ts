import type { Database, Queryable } from '../../../platform/database/database.ts';
import { type ListPage, orderedByKey, type PageRequest } from '../../../platform/database/paging.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAct } from '../../audit/audit-store.ts';
import { TestLimitReached, WebhookNotFound } from '../webhooks/webhook-errors.ts';
import { DeliveryNotFound } from './delivery-errors.ts';
import {
  type Delivery,
  type DeliveryFilter,
  listDeliveries,
  lockTested,
  queueTest,
  recordTest,
  restartDelivery,
} from './delivery-log-store.ts';
import { TEST_TYPE } from './webhook-message.ts';

export type { Pause } from './circuit-store.ts';
export { type Attempt, DELIVERY_STATES, type Delivery } from './delivery-log-store.ts';
export { TEST_TYPE } from './webhook-message.ts';

const MAX_TESTS_PER_MINUTE = 5;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ID = /^\d{1,18}$/;
const NEWEST_DELIVERIES = orderedByKey<Delivery>(ID, ({ id }) => id);

/** The delivery log. */
export interface DeliveryService {
  /** Newest first. @throws InvalidInput for an invalid page token */
  listDeliveries(
    filter: Pick<DeliveryFilter, 'webhookId' | 'callId' | 'clientId'>,
    page: PageRequest,
  ): Promise<ListPage<Delivery>>;
  /** @param clientId the client that asks; null for an administrator. @throws DeliveryNotFound also for another client's delivery */
  findDelivery(id: string, clientId: string | null): Promise<Delivery>;
  /**
   * Delivers an event again, with the same event id. Attempts a pending delivery now. A delivery that waits behind another
   * one of its call keeps waiting.
   * @param clientId the client that asks; null for an administrator
   * @throws DeliveryNotFound also for another client's delivery, TestLimitReached for a test event
   */
  resend(id: string, clientId: string | null, actor: Actor): Promise<Delivery>;
  /**
   * Sends a test event to a webhook, once, also to a disabled one.
   * @param clientId the client that asks; null for an administrator
   * @returns the delivery, which is pending
   * @throws WebhookNotFound also for another client's webhook, TestLimitReached
   */
  sendTest(webhookId: string, clientId: string | null, actor: Actor): Promise<Delivery>;
}

/** @param wake looks for due deliveries */
export function createDeliveryService(database: Database, wake: () => void = () => {}): DeliveryService {
  async function findDelivery(id: string, clientId: string | null): Promise<Delivery> {
    const filter = { id, ...(clientId !== null && { clientId }) };
    const [delivery] = ID.test(id) ? await listDeliveries(database, filter, 1) : [];
    if (!delivery) throw new DeliveryNotFound(id);
    return delivery;
  }

  /** Takes one of the test events that a webhook may get in a minute. @returns the client of the webhook */
  async function countTest(tx: Queryable, webhookId: string, clientId: string | null): Promise<string> {
    const webhook = await lockTested(tx, webhookId, clientId);
    if (!webhook) throw new WebhookNotFound(webhookId);
    const since = webhook.sinceTests[MAX_TESTS_PER_MINUTE - 1];
    if (since !== undefined)
      throw new TestLimitReached(MAX_TESTS_PER_MINUTE, Math.max(1, Math.ceil(60 - since)));
    await recordTest(tx, webhookId);
    return webhook.clientId;
  }

  return {
    async listDeliveries(filter, { size, token }) {
      const before = NEWEST_DELIVERIES.readPageToken(token);
      return NEWEST_DELIVERIES.pageOf(await listDeliveries(database, { ...filter, before }, size + 1), size);
    },

    findDelivery,

    async resend(id, clientId, actor) {
      const { event, webhookId } = await findDelivery(id, clientId);
      await database.transaction(async (tx) => {
        if (event === TEST_TYPE && webhookId !== null) await countTest(tx, webhookId, clientId);
        const restarted = await restartDelivery(tx, id);
        if (!restarted) return;
        const { userId, clientId: owner } = restarted;
        const act = { action: 'deliveryResent', subject: id, clientId: owner } as const;
        await recordAct(tx, actor, { ...act, ...(userId !== null && { userId }) });
      });
      wake();
      return findDelivery(id, clientId);
    },

    async sendTest(webhookId, clientId, actor) {
      if (!UUID.test(webhookId)) throw new WebhookNotFound(webhookId);
      const id = await database.transaction(async (tx) => {
        const owner = await countTest(tx, webhookId, clientId);
        const subject = webhookId.toLowerCase();
        await recordAct(tx, actor, { action: 'webhookTested', clientId: owner, subject });
        return queueTest(tx, webhookId);
      });
      wake();
      return findDelivery(id, clientId);
    },
  };
}
