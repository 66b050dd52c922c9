import type { Progress } from '../../core/calls/transition-store.ts';
import type { CarrierDeps } from '../carrier.ts';
import { reasonOf } from './call-endings.ts';
import type { CallLegs } from './call-legs.ts';

/** The end of a call. It happens once; later events change nothing. */
export interface CallEnd {
  hasEnded(): boolean;
  /** Reports the ending, if there is one, and releases the legs. @param error why, for the reason that the phones get */
  end(progress?: Progress, error?: unknown): void;
  /** Leaves the call to another process. */
  handOver(): void;
  /** Resolves when this process has nothing more to do for the call. */
  readonly over: Promise<void>;
}

/** @param onEnd called once, before the legs are released or handed over */
export function createCallEnd(
  callId: string,
  legs: CallLegs,
  { report, log }: Pick<CarrierDeps, 'report' | 'log'>,
  onEnd: () => void,
): CallEnd {
  const over = Promise.withResolvers<void>();
  let ended = false;

  function finish(lastStep: Promise<void>): void {
    lastStep
      .catch((err) => log.error({ err, callId }, 'sip: failed to release legs; will retry'))
      .then(over.resolve);
  }

  return {
    hasEnded: () => ended,
    end(progress, error) {
      if (ended) return;
      ended = true;
      onEnd();
      if (progress) report(callId, progress);
      finish(legs.release(progress && reasonOf(progress, error)));
    },
    handOver() {
      if (ended) return;
      ended = true;
      onEnd();
      finish(legs.handOver());
    },
    over: over.promise,
  };
}
