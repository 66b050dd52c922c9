import type { Call, TimelineEntry } from '../calls/call.ts';

/** The properties of the call that an event includes. */
export const CALL_PROPERTIES = [
  'clientId',
  'caller',
  'callee',
  'clientReference',
  'metadata',
  'recordingEnabled',
  'recordingResult',
  'createdAt',
  'callerAnsweredAt',
  'connectedAt',
] as const satisfies readonly (keyof Call)[];

/** A transition of a call, with the current properties of the call. */
export interface CallEvent
  extends Omit<TimelineEntry, 'sequence'>,
    Pick<Call, (typeof CALL_PROPERTIES)[number]> {
  /** The same id in webhooks, sinks and streams. */
  readonly id: string;
  /** Number of the event among the events of the call's user, without gaps, in order; digits of a bigint. */
  readonly sequence: string;
  readonly callId: string;
}
