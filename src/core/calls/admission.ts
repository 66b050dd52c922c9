import type { Logger } from '../../platform/logger.ts';
import { ServerOverloaded } from './call-errors.ts';

/** Milliseconds without a refusal after which the next one is logged again. */
const QUIET_MS = 10_000;

/** A queue of work for calls. */
export interface Backlog {
  /** For how many milliseconds something has been waiting in it. */
  backlogMs(): number;
  /** Milliseconds after which it is an overload; a burst is over sooner. */
  readonly limitMs: number;
}

/**
 * Refuses new calls while something has been waiting for too long, so that earlier calls are set up in time.
 * @returns a function that throws ServerOverloaded
 */
export function createAdmission(backlogs: readonly Backlog[], log: Pick<Logger, 'warn'>): () => void {
  let refusedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (backlogs.every(({ backlogMs, limitMs }) => backlogMs() < limitMs)) return;
    const now = performance.now();
    if (now - refusedAt > QUIET_MS)
      log.warn({}, 'calls: overloaded; refusing new calls until the queue is empty');
    refusedAt = now;
    throw new ServerOverloaded();
  };
}
