import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../platform/database/database.ts';
import { startPeriodicJob } from '../../../platform/jobs/periodic-job.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { SealedBox } from '../../../platform/secrets/sealed-box.ts';
import type { ChangeSignal } from '../../calls/change-signal.ts';
import { type AttemptDeps, attemptDelivery } from './attempt.ts';
import { type DueJob, startDeliveryQueue } from './delivery-queue.ts';
import { recoverLostDeliveries, relayDeliveries } from './relay.ts';
import type { Sender } from './sender.ts';

/** Attempts under way at a time, in this process; and to one destination, over all nodes. */
const PLACES = 32;
const PLACES_OF_ONE = 8;
/** The signal can be lost, and other nodes' deliveries fall due: how often to look anyway. */
const RELAY_EVERY_MS = 3_000;
const TAKE_EVERY_MS = 1_000;
const RECOVER_EVERY_MS = 10 * 60_000;
/** For attempts under way when the server stops; then they are cut short, and made again by whoever runs next. */
const DRAIN_MS = 2_500;
/** For writing down that they were cut short. */
const CUT_MS = 1_500;

export interface DeliveriesDeps {
  readonly database: Database;
  readonly signal: Pick<ChangeSignal, 'subscribe'>;
  readonly secrets: SealedBox;
  readonly sender: Sender;
  readonly eventSource: string;
  readonly log: Pick<Logger, 'warn'>;
}

export interface StartedDeliveries {
  /** Looks for new deliveries now. */
  wake(): void;
  /** Makes good what was lost, which is done every ten minutes anyway. */
  recover(): Promise<void>;
  /** Gives the attempts under way a moment, cuts them short, and takes at most four seconds over both. */
  stop(): Promise<void>;
}

/** Brings events to sinks and webhooks: at least once, in order per call and destination, whatever crashes. */
export async function startDeliveries(deps: DeliveriesDeps): Promise<StartedDeliveries> {
  const { database, signal, log } = deps;
  const queue = await startDeliveryQueue(database, log);
  const onError = (error: unknown) => log.warn({ err: error }, 'deliveries: step failed; will retry');

  const attempts = startAttempts({ ...deps, queue }, queue.take, () => relay.runNow(), onError);
  const relay = startPeriodicJob({
    everyMs: RELAY_EVERY_MS,
    run: () => relayDeliveries(database, queue, attempts.runNow),
    onError,
  });
  const recover = async () => {
    await recoverLostDeliveries(database);
    relay.runNow();
  };
  const recovery = startPeriodicJob({ everyMs: RECOVER_EVERY_MS, run: recover, onError });
  const unsubscribe = signal.subscribe(relay.runNow);

  return {
    wake: relay.runNow,
    recover,
    async stop() {
      unsubscribe();
      await Promise.all([relay.stop(), recovery.stop(), attempts.stop()]);
      await queue.stop();
    },
  };
}

/** Takes due jobs whenever there is a place, and attempts them side by side. */
function startAttempts(
  deps: AttemptDeps,
  take: (most: number, inGroup: number) => Promise<DueJob[]>,
  onFinished: () => void,
  onError: (error: unknown) => void,
) {
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function attempt(job: DueJob): Promise<void> {
    try {
      if (await attemptDelivery(deps, job, stopping.signal)) onFinished();
    } catch (error) {
      onError(error); // the job stays begun, and comes due again when it counts as lost
    }
  }

  function begin(job: DueJob): void {
    const running = attempt(job).finally(() => {
      underWay.delete(running);
      taking.runNow();
    });
    underWay.add(running);
  }

  const taking = startPeriodicJob({
    everyMs: TAKE_EVERY_MS,
    async run() {
      // Again after each time: what one destination had too much of is left out, and what is behind it comes into sight.
      for (let taken = 1; taken > 0 && underWay.size < PLACES; ) {
        const jobs = await take(PLACES - underWay.size, PLACES_OF_ONE);
        taken = jobs.length;
        for (const job of jobs) begin(job);
      }
    },
    onError,
  });

  return {
    runNow: taking.runNow,
    async stop() {
      await taking.stop();
      const drained = Promise.all(underWay);
      await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
      stopping.abort();
      await Promise.race([drained, sleep(CUT_MS, undefined, { ref: false })]);
    },
  };
}
