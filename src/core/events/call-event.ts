import type { Call, TimelineEntry } from '../calls/call.ts';

/** What an event tells of its call, as the call is now. */
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

/** A transition of a call, with the call as it is now. */
export interface CallEvent
  extends Omit<TimelineEntry, 'sequence'>,
    Pick<Call, (typeof CALL_PROPERTIES)[number]> {
  /** Unique, the same wherever the event is told. */
  readonly id: string;
  /** Counts the events of the call's user, without gaps, in the order in which they happened; digits of a bigint. */
  readonly sequence: string;
  readonly callId: string;
}
