import type { Database } from '../../platform/database/database.ts';
import type { Listener } from '../../platform/database/listener.ts';
import type { Logger } from '../../platform/logger.ts';
import type { AnnounceChanges, CallChange } from './call.ts';
import { CHANGES_CHANNEL, notifyChanges } from './change-store.ts';

/** Who made a change: this node, another node, or the database when a permission was revoked. */
export type Origin = 'here' | 'elsewhere' | 'database';

export type ChangeListener = (changes: readonly CallChange[], origin: Origin) => void;

/** PostgreSQL limits a payload to less than 8,000 bytes; a change has about 200. */
const MAX_CHANGES_PER_NOTIFICATION = 30;

/**
 * Passes changes to the subscribers of this node at once, and to other nodes by NOTIFY. A notification can be lost with a
 * process or a connection. The tables have the truth, so subscribers must also poll.
 */
export interface ChangeSignal {
  readonly announce: AnnounceChanges;
  /** @returns a function that ends the subscription */
  subscribe(listener: ChangeListener): () => void;
  /** Sends the pending notifications first. */
  stop(): Promise<void>;
}

/** @param nodeId distinguishes this node's own notifications from those of other nodes */
export function createChangeSignal(
  database: Database,
  nodeId: string,
  log: Pick<Logger, 'warn'>,
): ChangeSignal {
  const subscribers = new Set<ChangeListener>();
  const pending: CallChange[] = [];
  let sending: Promise<void> | undefined;
  let databaseListener: Listener | undefined;

  /** An error of one subscriber affects neither the node that made the change nor the other subscribers. */
  function notifySubscribers(changes: readonly CallChange[], origin: Origin): void {
    for (const listener of subscribers) {
      try {
        listener(changes, origin);
      } catch (error) {
        log.warn({ err: error }, 'calls: change listener threw an error; continuing');
      }
    }
  }

  /** The payload may come from another version of this server or from a person with access to the database. */
  function receiveNotification(payload: string): void {
    try {
      const { from, changes } = JSON.parse(payload) as { from?: string; changes: CallChange[] };
      if (from !== nodeId) notifySubscribers(changes, from === undefined ? 'database' : 'elsewhere');
    } catch (error) {
      log.warn({ err: error }, 'calls: cannot parse change notification; ignored');
    }
  }

  async function sendPending(): Promise<void> {
    while (pending.length > 0) {
      const changes = pending.splice(0, MAX_CHANGES_PER_NOTIFICATION);
      await notifyChanges(database, { from: nodeId, changes }).catch((error) =>
        log.warn(
          { err: error },
          'calls: failed to notify other nodes of a change; they will find it by polling',
        ),
      );
    }
    sending = undefined;
  }

  return {
    announce(changes) {
      if (changes.length === 0) return;
      notifySubscribers(changes, 'here');
      pending.push(...changes);
      sending ??= sendPending();
    },
    subscribe(listener) {
      subscribers.add(listener);
      databaseListener ??= database.listen(CHANGES_CHANNEL, receiveNotification);
      return () => subscribers.delete(listener);
    },
    async stop() {
      await databaseListener?.close();
      await sending;
    },
  };
}
