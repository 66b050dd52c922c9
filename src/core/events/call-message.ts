import { durationSeconds } from '../calls/call.ts';
import type { CallEvent } from './call-event.ts';

/** An event for an application, and the id of the event. */
export interface EventMessage {
  readonly id: string;
  readonly type: string;
  readonly timestamp: Date;
  readonly data: object;
}

/** The change of a call, for webhooks, live streams and lists. The type is the new state. */
export function callMessage(event: CallEvent) {
  const { id, state: type, at: timestamp } = event;
  return { id, type, timestamp, data: dataOf(event) } satisfies EventMessage;
}

/** The call as it was after the event; duration in seconds, null before the end. */
function dataOf(event: CallEvent) {
  const { state, at } = event;
  const ended = state === 'disconnected' || state === 'failed';
  const byThen = (time: Date | null) => (time && time <= at ? time : null);
  const connectedAt = byThen(event.connectedAt);
  const endedAt = ended ? at : null;
  return {
    callId: event.callId,
    client: event.clientId,
    sequence: Number(event.sequence),
    caller: event.caller,
    callee: event.callee,
    state,
    reason: event.reason,
    endedBy: event.endedBy,
    clientReference: event.clientReference,
    metadata: event.metadata,
    recordingEnabled: event.recordingEnabled,
    recordingResult: ended ? event.recordingResult : null,
    createdAt: event.createdAt,
    callerAnsweredAt: byThen(event.callerAnsweredAt),
    connectedAt,
    endedAt,
    duration: ended ? durationSeconds({ connectedAt, endedAt }, at) : null,
  };
}
