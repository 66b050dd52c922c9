import { setTimeout as sleep } from 'node:timers/promises';
import { startPeriodicJob } from '../../../platform/jobs/periodic-job.ts';
import type { ChangeSignal } from '../../calls/change-signal.ts';
import { type AttemptDeps, attemptDelivery, PARK_AFTER } from './attempt.ts';
import { type DueDelivery, findClaimed } from './attempt-store.ts';
import { type ClaimedDelivery, claimDeliveries } from './claim-store.ts';

/** Simultaneous attempts of this process. */
const MAX_ATTEMPTS = 32;
/** Simultaneous attempts of one client to one host, across all nodes. */
const MAX_ATTEMPTS_PER_RECEIVER = 8;
/** Seconds after which an attempt counts as lost: it sends for at most 15, and recording the result times out as well. */
const ATTEMPT_LOST_AFTER = 30;
/** Clients whose turn this process remembers. Destinations of the others begin with the first one. */
const MAX_TURNS = 256;
/** A signal can be lost, and retries become due without one. */
const CLAIM_EVERY_MS = 1_000;
/** How long running attempts may take when the server stops. Then they are aborted, and another node repeats them. */
const DRAIN_MS = 2_500;
/** How long recording the aborted attempts may take. */
const ABORT_MS = 1_500;

export interface DeliveriesDeps extends AttemptDeps {
  readonly signal: Pick<ChangeSignal, 'subscribe'>;
}

export interface StartedDeliveries {
  /** Looks for due deliveries now. */
  wake(): void;
  /** Waits a moment for running attempts, then aborts them. Takes at most four seconds. */
  stop(): Promise<void>;
}

/** Delivers events to sinks and webhooks at least once, in order per call and destination, also after crashes. */
export function startDeliveries(deps: DeliveriesDeps): StartedDeliveries {
  const { database, signal, log } = deps;
  const running = new Map<Promise<void>, ClaimedDelivery>();
  const stopping = new AbortController();
  const turns = new Map<string, string>();
  const limits = {
    places: MAX_ATTEMPTS,
    perReceiver: MAX_ATTEMPTS_PER_RECEIVER,
    lostAfter: ATTEMPT_LOST_AFTER,
    parkAfter: PARK_AFTER,
  };

  /** A round: claims until all clients with due deliveries were visited, or this process has no more places. */
  async function claim(stopped: AbortSignal): Promise<void> {
    const [latestClient = ''] = [...turns.keys()].slice(-1);
    let after: string | null = latestClient;
    while (after !== null && running.size < MAX_ATTEMPTS && !stopped.aborted) {
      const share = { running: [...running.values()], turns };
      const round = { start: latestClient, after };
      const { claimed, continueAfter } = await claimDeliveries(database, limits, share, round);
      after = continueAfter;
      if (claimed.length === 0) continue;
      for (const { clientId, destination } of claimed) takeTurn(clientId, destination);
      for (const due of await findClaimed(database, claimed)) start(due);
    }
  }

  function takeTurn(clientId: string, destination: string): void {
    turns.delete(clientId); // so that it becomes the last
    turns.set(clientId, destination);
    const [longestAgo] = turns.keys();
    if (turns.size > MAX_TURNS && longestAgo !== undefined) turns.delete(longestAgo);
  }

  function start(due: DueDelivery): void {
    const attempt = attemptDelivery(deps, due, stopping.signal)
      .catch((error) => log.warn({ err: error }, 'deliveries: failed to record an attempt; will repeat it'))
      .finally(() => {
        running.delete(attempt);
        claims.runNow(); // there is room for another attempt, and the next delivery of the lane may be due
      });
    running.set(attempt, due);
  }

  const claims = startPeriodicJob({
    everyMs: CLAIM_EVERY_MS,
    run: claim,
    onError: (error) => log.warn({ err: error }, 'deliveries: failed to claim due deliveries; will retry'),
  });
  // Most calls have no receiver. Without this check, each opened call would start a claim that finds nothing.
  const unsubscribe = signal.subscribe((changes) => {
    if (changes.some(({ hasReceivers }) => hasReceivers !== false)) claims.runNow();
  });

  return {
    wake: claims.runNow,
    async stop() {
      unsubscribe();
      await claims.stop();
      const drained = Promise.all(running.keys());
      await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
      stopping.abort();
      await Promise.race([drained, sleep(ABORT_MS, undefined, { ref: false })]);
    },
  };
}
