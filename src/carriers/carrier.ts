import type { Call } from '../calls/call.ts';
import type { Progress } from '../calls/transition-store.ts';

/** What a carrier knows of a call. */
export type CarriedCall = Pick<
  Call,
  'id' | 'caller' | 'callee' | 'state' | 'ringTimeout' | 'timeLimit' | 'recordingEnabled'
> & { readonly carrier: string };

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
  /** Goes on with calls, in whatever state, that another process held, or this one before it was started again. */
  reconcile(calls: readonly CarriedCall[]): void;
  /** Undefined when nothing was recorded. */
  findRecording(call: Call): Promise<Recording | undefined>;
  /** Stops without ending calls: others take them over. */
  close(): void;
}

/** Tells what became of a call. */
export type Report = (callId: string, progress: Progress) => void;
