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

/** Simultaneous attempts of this process. */
const MAX_ATTEMPTS = 32;
/** Simultaneous attempts to one destination, across all nodes. */
const MAX_ATTEMPTS_PER_DESTINATION = 8;
/** The relay also polls, because a signal can be lost and deliveries of other nodes become due. */
const RELAY_EVERY_MS = 3_000;
const TAKE_EVERY_MS = 1_000;
const RECOVER_EVERY_MS = 10 * 60_000;
/** How long running attempts may take when the server stops. Then they are aborted, and another node repeats them. */
const DRAIN_MS = 2_500;
/** How long recording the aborted attempts may take. */
const ABORT_MS = 1_500;

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
  /** Queues deliveries again that lost their job. Runs every ten minutes. */
  recover(): Promise<void>;
  /** Waits a moment for running attempts, then aborts them. Takes at most four seconds. */
  stop(): Promise<void>;
}

/** Delivers events to sinks and webhooks at least once, in order per call and destination, also after crashes. */
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

/** Takes due jobs while there is capacity, and attempts them in parallel. */
function startAttempts(
  deps: AttemptDeps,
  take: (limit: number, limitPerGroup: number) => Promise<DueJob[]>,
  onFinished: () => void,
  onError: (error: unknown) => void,
) {
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function attempt(job: DueJob): Promise<void> {
    try {
      if (await attemptDelivery(deps, job, stopping.signal)) onFinished();
    } catch (error) {
      onError(error); // the job stays active, and becomes due again when it counts as lost
    }
  }

  function startAttempt(job: DueJob): void {
    const promise = attempt(job).finally(() => {
      running.delete(promise);
      takeJob.runNow();
    });
    running.add(promise);
  }

  const takeJob = startPeriodicJob({
    everyMs: TAKE_EVERY_MS,
    async run() {
      // Repeats, because a batch leaves out jobs above the limit of a destination and then sees the jobs behind them.
      for (let taken = 1; taken > 0 && running.size < MAX_ATTEMPTS; ) {
        const jobs = await take(MAX_ATTEMPTS - running.size, MAX_ATTEMPTS_PER_DESTINATION);
        taken = jobs.length;
        for (const job of jobs) startAttempt(job);
      }
    },
    onError,
  });

  return {
    runNow: takeJob.runNow,
    async stop() {
      await takeJob.stop();
      const drained = Promise.all(running);
      await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
      stopping.abort();
      await Promise.race([drained, sleep(ABORT_MS, undefined, { ref: false })]);
    },
  };
}
