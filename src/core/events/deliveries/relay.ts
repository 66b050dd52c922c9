import { takeAdvisoryLock } from '../../../platform/database/advisory-locks.ts';
import type { Database } from '../../../platform/database/database.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { dropRemoved, hasNewDeliveries, putBehindQueued, queueFirst, recoverLost } from './relay-store.ts';

/**
 * Gives jobs to new deliveries, of each lane to one at a time: that is what keeps the order of events. All in one
 * transaction, so a delivery is queued exactly when it has its job.
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
    // Those left are behind one whose attempt is being written down right now: they wait for its end or the next look.
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

/** Sinks of one host share its places. */
function hostOf(url: string | null): string {
  return (url && URL.parse(url)?.host) || 'nowhere';
}
