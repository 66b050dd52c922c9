import type { Database } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/logger.ts';
import type { AnnounceChanges } from './call.ts';
import { sweepOverdueCalls } from './transition-store.ts';

const EVERY_MS = 1_000;
/** Calls a transaction, each well within a statement's time. */
const BATCH = 200;

export interface CallSweep {
  stop(): Promise<void>;
}

/** Ends calls past their deadline, every second, on one node at a time: no abandoned call keeps its place. */
export function startCallSweep(
  database: Database,
  announce: AnnounceChanges,
  log: Pick<Logger, 'warn'>,
): CallSweep {
  let sweeping: Promise<void> | undefined;
  let stopped = false;

  async function sweep(): Promise<void> {
    let ended: number;
    do {
      const changes = await sweepOverdueCalls(database, BATCH);
      announce(changes);
      ended = changes.length;
    } while (ended === BATCH && !stopped);
  }

  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch((error) => log.warn({ err: error }, 'overdue calls could not be ended'))
      .finally(() => {
        sweeping = undefined;
      });
  }, EVERY_MS).unref();

  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await sweeping;
    },
  };
}
