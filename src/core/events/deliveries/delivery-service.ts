import type { Database } from '../../../platform/database/database.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAct } from '../../audit/audit-store.ts';
import { DeliveryNotFound } from './delivery-errors.ts';
import { type Delivery, type DeliveryFilter, listDeliveries, restartDelivery } from './delivery-log-store.ts';

export type { Attempt, Delivery } from './delivery-log-store.ts';

export interface DeliveryPage {
  readonly deliveries: readonly Delivery[];
  /** Asks for the next page; undefined on the last one. */
  readonly nextPageToken: string | undefined;
}

const ID = /^\d{1,18}$/;

export type DeliveryService = ReturnType<typeof createDeliveryService>;

/** The log of deliveries. @param onResend wakes whoever delivers */
export function createDeliveryService(database: Database, onResend: () => void = () => {}) {
  return {
    /** Newest first. @throws InvalidInput for a page token that is not one of ours */
    async listDeliveries(
      filter: Pick<DeliveryFilter, 'webhookId' | 'callId' | 'clientId'>,
      pageSize: number,
      pageToken?: string,
    ): Promise<DeliveryPage> {
      const before = pageToken === undefined ? {} : { before: readPageToken(pageToken) };
      const found = await listDeliveries(database, { ...filter, ...before }, pageSize + 1);
      const deliveries = found.slice(0, pageSize);
      const last = found.length > pageSize ? deliveries.at(-1) : undefined;
      return { deliveries, nextPageToken: last && writePageToken(last.id) };
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

function writePageToken(id: string): string {
  return Buffer.from(id).toString('base64url');
}

function readPageToken(token: string): string {
  const id = Buffer.from(token, 'base64url').toString();
  if (!ID.test(id) || writePageToken(id) !== token)
    throw new InvalidInput('page_token', 'page_token must be a nextPageToken as this server gave it');
  return id;
}
