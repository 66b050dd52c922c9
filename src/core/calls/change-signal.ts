import { setImmediate as endOfTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../platform/database/database.ts';
import type { Listener } from '../../platform/database/listener.ts';
import type { Logger } from '../../platform/logger.ts';
import type { AnnounceChanges, CallChange } from './call.ts';
import { CHANGES_CHANNEL, notifyChanges } from './change-store.ts';

/** Who made a change: this node, another node, or the database, which ends the calls of a withdrawn grant. */
export type ChangeSource = 'here' | 'elsewhere' | 'database';

export type OnChanges = (changes: readonly CallChange[], source: ChangeSource) => void;

/** PostgreSQL takes payloads of less than 8,000 bytes; a change has about 200. */
const MAX_CHANGES = 30;
/** At least this long between two rounds of notifications, so that a busy node sends few, each with many changes. */
const COLLECT_MS = 10;

/**
 * Broadcasts changes of calls: to subscribers on this node at once, to other nodes by NOTIFY. A notification can be lost,
 * with a process or a connection. The tables are the truth, so every subscriber also checks them from time to time.
 */
export interface ChangeSignal {
  readonly announce: AnnounceChanges;
  /** @returns ends the subscription */
  subscribe(onChanges: OnChanges): () => void;
  /** Sends the notifications that are still waiting. */
  stop(): Promise<void>;
}

/** @param nodeId tells this node's own notifications from those of others */
export function createChangeSignal(
  database: Database,
  nodeId: string,
  log: Pick<Logger, 'warn'>,
): ChangeSignal {
  const subscribers = new Set<OnChanges>();
  const waiting: CallChange[] = [];
  let notifying: Promise<void> | undefined;
  let listener: Listener | undefined;

  /** A subscriber that fails must affect neither the others nor the request that made the change. */
  function publish(changes: readonly CallChange[], source: ChangeSource): void {
    for (const onChanges of subscribers) {
      try {
        onChanges(changes, source);
      } catch (error) {
        log.warn({ err: error }, 'changes: subscriber threw');
      }
    }
  }

  /** Another version of this server, or a person at the database, may send what this version cannot read. */
  function publishNotified(payload: string): void {
    try {
      const { from, changes } = JSON.parse(payload) as { from?: string; changes: CallChange[] };
      if (from !== nodeId) publish(changes, from === undefined ? 'database' : 'elsewhere');
    } catch (error) {
      log.warn({ err: error }, 'changes: cannot read a notification; ignored');
    }
  }

  /** The changes of one statement are announced within one turn of the event loop, and share a notification. */
  async function notifyOthers(): Promise<void> {
    await endOfTurn();
    while (waiting.length > 0) {
      await notifyOf(waiting.splice(0));
      await sleep(COLLECT_MS);
    }
    notifying = undefined;
  }

  async function notifyOf(all: readonly CallChange[]): Promise<void> {
    for (let from = 0; from < all.length; from += MAX_CHANGES) {
      const changes = all.slice(from, from + MAX_CHANGES);
      await notifyChanges(database, { from: nodeId, changes }).catch((error) =>
        log.warn(
          { err: error },
          'changes: failed to notify other nodes; they find the changes when they next check',
        ),
      );
    }
  }

  return {
    announce(changes) {
      if (changes.length === 0) return;
      publish(changes, 'here');
      waiting.push(...changes);
      notifying ??= notifyOthers();
    },
    subscribe(onChanges) {
      subscribers.add(onChanges);
      listener ??= database.listen(CHANGES_CHANNEL, publishNotified);
      return () => subscribers.delete(onChanges);
    },
    async stop() {
      await listener?.close();
      await notifying;
    },
  };
}
