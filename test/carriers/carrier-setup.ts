import type { CallState } from '../../src/core/calls/call.ts';
import type { TestClock } from '../harness/test-clock.ts';

export type OngoingState = Exclude<CallState, 'disconnected' | 'failed'>;

/** The abilities of a carrier, and how a test controls it. */
export interface CarrierSetup {
  readonly title: string;
  /** The name in calls and in the configuration. */
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** Creates a clock for each node; undefined for a carrier in real time. */
  readonly createClock: (() => TestClock) | undefined;
  readonly records: boolean;
  /** The states before the connection, in order. */
  readonly states: readonly OngoingState[];
  /** A callee that answers, and does not hang up. */
  readonly talks: string;
  /** States in which a call can stay for some time, and how it ends there without intervention; undefined if it does not. */
  readonly stays: Partial<Readonly<Record<OngoingState, { callee: string; ends: string | undefined }>>>;
  /**
   * Whether a phone of the call rings now; for a carrier that reports a phone before it dials it, and ends a call that it finds in
   * between. Undefined for others.
   */
  readonly rings?: (callId: string) => Promise<boolean>;
  /** A callee that answers, and hangs up after some time. */
  readonly hangsUp: string | undefined;
  /** Calls that the phones themselves end. */
  readonly ends: readonly CarrierEnding[];
}

export interface CarrierEnding {
  readonly callee: string;
  /** State, reason and `endedBy`, such as `failed: calleeNoAnswer, by carrier`. */
  readonly as: string;
  /** Seconds. */
  readonly ringTimeout?: number;
}
