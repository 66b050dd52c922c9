import type { Database } from '../../platform/database/database.ts';
import type { Listener } from '../../platform/database/listener.ts';
import type { Logger } from '../../platform/logger.ts';
import type { AnnounceChanges, CallChange } from './call.ts';
import { CHANGES_CHANNEL, notifyChanges } from './change-store.ts';

/** Who made a change: this node, another one, or the database, where a permission goes with its calls. */
export type Origin = 'here' | 'elsewhere' | 'database';

export type HearChanges = (changes: readonly CallChange[], origin: Origin) => void;

/** PostgreSQL takes payloads of less than 8,000 bytes; a change has about 200. */
const MOST_AT_ONCE = 30;

/**
 * Tells what changed: listeners of this node at once, those of other nodes by NOTIFY. A signal can be lost, with a
 * process or a connection; the tables are the truth, so whoever listens also looks now and then.
 */
export interface ChangeSignal {
  readonly announce: AnnounceChanges;
  /** @returns ends the subscription */
  subscribe(hear: HearChanges): () => void;
  /** Tells what is still to be told. */
  stop(): Promise<void>;
}

/** @param nodeId tells this node's own notifications from those of others */
export function createChangeSignal(
  database: Database,
  nodeId: string,
  log: Pick<Logger, 'warn'>,
): ChangeSignal {
  const subscribers = new Set<HearChanges>();
  const untold: CallChange[] = [];
  let telling: Promise<void> | undefined;
  let listener: Listener | undefined;

  /** Whoever made the change has made it, and the other listeners are to hear of it, whatever one of them does. */
  function pass(changes: readonly CallChange[], origin: Origin): void {
    for (const hear of subscribers) {
      try {
        hear(changes, origin);
      } catch (error) {
        log.warn({ err: error }, 'a change was heard in vain');
      }
    }
  }

  /** Another version of this server, or a person at the database, may say what this one does not understand. */
  function passNotified(payload: string): void {
    try {
      const { from, changes } = JSON.parse(payload) as { from?: string; changes: CallChange[] };
      if (from !== nodeId) pass(changes, from === undefined ? 'database' : 'elsewhere');
    } catch (error) {
      log.warn({ err: error }, 'a notification could not be read');
    }
  }

  async function tell(): Promise<void> {
    while (untold.length > 0) {
      const changes = untold.splice(0, MOST_AT_ONCE);
      await notifyChanges(database, { from: nodeId, changes }).catch((error) =>
        log.warn({ err: error }, 'other nodes were not told of a change'),
      );
    }
    telling = undefined;
  }

  return {
    announce(changes) {
      if (changes.length === 0) return;
      pass(changes, 'here');
      untold.push(...changes);
      telling ??= tell();
    },
    subscribe(hear) {
      subscribers.add(hear);
      listener ??= database.listen(CHANGES_CHANNEL, passNotified);
      return () => subscribers.delete(hear);
    },
    async stop() {
      await listener?.close();
      await telling;
    },
  };
}
