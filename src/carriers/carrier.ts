import type { Call } from '../core/calls/call.ts';
import type { Progress } from '../core/calls/transition-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { Logger } from '../platform/logger.ts';
import type { SipMeter } from './sip/sip-meter.ts';

/** What a carrier needs to know of a call. */
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
  /** Where the user's own phone is, if not by the caller's number: a SIP URI. */
  readonly sipAddress: string | null;
};

export interface Recording {
  readonly content: Buffer;
  readonly contentType: 'audio/wav' | 'audio/mp3' | 'audio/mpeg' | 'audio/ogg';
  readonly generatedAt: Date;
}

/**
 * What makes phones ring: first the caller's, then, once it is answered, the callee's. It reports what happens, each
 * step once and in order, the last of them an ending; whatever it reports after that changes nothing.
 */
export interface Carrier {
  readonly name: string;
  /** Whether it can record calls. */
  readonly records: boolean;
  /** Whether somebody pays for its calls: then the bounds against toll fraud hold. */
  readonly costs: boolean;
  /** Begins a call that it does not hold. */
  originate(call: CarriedCall): void;
  /** Ends a call that has been ended elsewhere; without a report. A call that it does not hold is none of its business. */
  hangUp(callId: string): void;
  /** Forgets a call that another process has taken over, and leaves its phones alone. */
  letGo(callId: string): void;
  /** Goes on with calls, in whatever state, that another process held, or this one before it was started again. */
  reconcile(calls: readonly CarriedCall[]): void;
  /** Ends what is left on phones of calls that ended while their process was dead. Is called every few seconds. */
  releaseLeftOvers(): Promise<void>;
  /** Undefined when nothing was recorded. */
  findRecording(call: Call): Promise<Recording | undefined>;
  /** Stops without ending connected calls: others take them over. What it reports meanwhile still counts. */
  close(): Promise<void>;
}

/** What a carrier has of the server that it is a part of. */
export interface CarrierParts {
  readonly database: Database;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly report: Report;
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  /** Undefined where nobody measures. */
  readonly sipMeter?: SipMeter | undefined;
}

/** What was to be recorded is not, or no longer; the call itself may go on. */
export interface RecordingFailure {
  readonly recordingResult: 'fail';
}

/** Tells what became of a call. */
export type Report = (callId: string, progress: Progress | RecordingFailure) => void;
