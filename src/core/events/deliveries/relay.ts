import { takeAdvisoryLock } from '../../../platform/database/advisory-locks.ts';
import type { Database } from '../../../platform/database/database.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { dropRemoved, hasNewDeliveries, putBehindQueued, queueFirst, recoverLost } from './relay-store.ts';

/**
 * Creates jobs for new deliveries, one per lane at a time to keep the order of events. A delivery and its job are queued in one
 * transaction, so neither exists without the other.
 */
export async function relayDeliveries(
  database: Database,
  queue: Pick<DeliveryQueue, 'add'>,
  onQueued: () => void,
): Promise<void> {
  while (await hasNewDeliveries(database)) {
    const moved = await database.transaction(async (tx) => {
      await takeAdvisoryLock(tx, 'deliveryRelay');
      const dropped = await dropRemoved(tx);
      const behind = await putBehindQueued(tx);
      const first = await queueFirst(tx);
      await queue.add(
        tx,
        first.queued.map(({ jobId, webhookId, sink }) => ({ id: jobId, group: webhookId ?? hostOf(sink) })),
      );
      return dropped + behind + first.moved;
    });
    // The remaining deliveries are behind one whose attempt is being recorded; its end or the next run of the relay moves them.
    if (moved === 0) return;
    onQueued();
  }
}

export async function recoverLostDeliveries(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await takeAdvisoryLock(tx, 'deliveryRelay');
    await recoverLost(tx);
  });
}

/** Sinks on the same host share a limit of simultaneous attempts. */
function hostOf(url: string | null): string {
  return (url && URL.parse(url)?.host) || 'nowhere';
}
