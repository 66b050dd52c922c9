import type { Logger } from '../../platform/logger.ts';
import { ServerOverloaded } from './call-errors.ts';

/** Milliseconds without a refusal after which the next one is logged again. */
const QUIET_MS = 10_000;

/** A queue of work for calls. */
export interface Backlog {
  /** As the log names it. */
  readonly queue: string;
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
    const standing = backlogs.find(({ backlogMs, limitMs }) => backlogMs() >= limitMs);
    if (!standing) return;
    const now = performance.now();
    if (now - refusedAt > QUIET_MS)
      log.warn(
        { queue: standing.queue },
        'calls: earlier calls have been waiting for too long; refusing new ones',
      );
    refusedAt = now;
    throw new ServerOverloaded();
  };
}
