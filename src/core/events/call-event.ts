import type { CallState, DisconnectionReason, EndedBy, RecordingResult } from '../calls/call.ts';

/** A transition of a call, with the call as it is now. */
export interface CallEvent {
  /** Unique, the same wherever the event is told. */
  readonly id: string;
  /** Counts the events of the call's user, without gaps, in the order in which they happened; digits of a bigint. */
  readonly sequence: string;
  readonly state: CallState;
  readonly reason: DisconnectionReason | null;
  readonly endedBy: EndedBy | null;
  readonly at: Date;
  readonly callId: string;
  readonly clientId: string;
  readonly caller: string | null;
  readonly callee: string;
  readonly clientReference: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly recordingEnabled: boolean;
  readonly recordingResult: RecordingResult | null;
  readonly createdAt: Date;
  readonly callerAnsweredAt: Date | null;
  readonly connectedAt: Date | null;
}
