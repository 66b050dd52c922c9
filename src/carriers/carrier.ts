import type { Call } from '../core/calls/call.ts';
import type { Recording } from '../core/calls/recording.ts';
import type { Progress } from '../core/calls/transition-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { Logger } from '../platform/logger.ts';

export { LEGS, type LegName } from '../core/calls/call.ts';

/** The properties of a call that a carrier needs. */
export const CARRIED_PROPERTIES = [
  'id',
  'userName',
  'caller',
  'callee',
  'state',
  'ringTimeout',
  'timeLimit',
  'recordingEnabled',
  'carrier',
] as const satisfies readonly (keyof Call)[];

export type CarriedCall = Pick<Call, (typeof CARRIED_PROPERTIES)[number]> & {
  /** SIP URI of the user's phone; null: the template for the caller's number applies. */
  readonly sipAddress: string | null;
};

/**
 * Makes phones ring: first the caller's, then, once that is answered, the callee's. It reports each step once and in
 * order. The last step is an ending; reports after it change nothing.
 */
export interface Carrier {
  readonly name: string;
  /** Whether it can record calls. */
  readonly records: boolean;
  /** Whether its calls cost money: then the limits against toll fraud apply. */
  readonly costs: boolean;
  /** The address that this carrier listens at, as no other process can at the same time. */
  readonly boundAddress?: string;
  /** For how many milliseconds it has been behind with its work. */
  backlogMs?(): number;
  /** Starts a call that it does not hold. */
  originate(call: CarriedCall): void;
  /** Ends a call that was ended elsewhere, without a report. Ignores a call that it does not hold. */
  hangUp(callId: string): void;
  /** Leaves a call, and its phones, to the process that has taken it over. */
  handOver(callId: string): void;
  /** Continues calls, in any state, that another process held, or this one before it was restarted. */
  reconcile(calls: readonly CarriedCall[]): void;
  /** Ends legs of calls that ended while their process was dead. Called every few seconds. */
  releaseOrphans(): Promise<void>;
  /** Undefined if nothing was recorded. */
  findRecording(call: Call): Promise<Recording | undefined>;
  /** Stops without ending connected calls: other processes take them over. Its reports until then still count. */
  close(): Promise<void>;
}

export interface CarrierDeps {
  readonly database: Database;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly report: Report;
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
}

/** The recording failed or stopped. The call may continue. */
export interface RecordingFailure {
  readonly recordingResult: 'fail';
}

/** Reports the progress of a call. */
export type Report = (callId: string, progress: Progress | RecordingFailure) => void;

/** A carrier cannot start. The message is one line that tells the operator what to fix. */
export class CarrierNotStarted extends Error {
  override readonly name = 'CarrierNotStarted';
}
