import type { CallState } from '../../src/core/calls/call.ts';
import type { TestClock } from '../harness/test-clock.ts';

export type OngoingState = Exclude<CallState, 'disconnected' | 'failed'>;

/** The abilities of a carrier, and how a test controls it. */
export interface CarrierSetup {
  readonly title: string;
  /** As calls and the configuration name it. */
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** For each node one of its own; undefined where the carrier lives in real time. */
  readonly createClock: (() => TestClock) | undefined;
  readonly records: boolean;
  /** On the way to connection, in their order. */
  readonly states: readonly OngoingState[];
  /** A callee that answers, and does not hang up. */
  readonly talks: string;
  /** States in which a call can be kept for a while, and how it ends there by itself; undefined when it does not. */
  readonly stays: Partial<Readonly<Record<OngoingState, { callee: string; ends: string | undefined }>>>;
  /**
   * Whether a phone of the call rings by now, for a carrier that tells of a phone before it dials it, and gives up what it
   * finds between the two; undefined for others.
   */
  readonly rings?: (callId: string) => Promise<boolean>;
  /** A callee that answers, and after a while ends the call. */
  readonly hangsUp: string | undefined;
  /** Calls that the phones themselves end. */
  readonly ends: readonly CarrierEnding[];
}

export interface CarrierEnding {
  readonly callee: string;
  /** State, reason and who: `failed: calleeNoAnswer, by carrier` */
  readonly as: string;
  /** Seconds. */
  readonly ringTimeout?: number;
}
