import { durationSeconds } from '../calls/call.ts';
import type { CallEvent } from './call-event.ts';

const TYPE = 'org.camaraproject.click-to-dial.v0.status-changed';

/**
 * CAMARA's CallStatusChangedEvent, a CloudEvent 1.0, with this server's own in `clickToCall`. CAMARA gives a reason and a
 * duration to `disconnected` alone; `clickToCall` has the reason of every ending.
 * @param source the URL of the API that the event belongs to (CloudEvents 1.0, source)
 */
export function cloudEvent(event: CallEvent, source: string) {
  const { state, reason, recordingEnabled, recordingResult, endedBy, clientId, clientReference, metadata } =
    event;
  const disconnected = state === 'disconnected';
  const over = disconnected || state === 'failed';
  return {
    id: event.id,
    source,
    specversion: '1.0',
    type: TYPE,
    time: event.at,
    datacontenttype: 'application/json',
    data: {
      callId: event.callId,
      caller: event.caller ?? '',
      callee: event.callee,
      status: { state, ...(disconnected && { reason }) },
      ...(over && recordingEnabled && recordingResult !== null && { recordingResult }),
      ...(disconnected && { callDuration: String(durationSeconds(asOf(event), event.at)) }),
      timestamp: event.at,
      clickToCall: { reason, endedBy, clientReference, metadata, clientId },
    },
  };
}

function asOf({ connectedAt, at }: CallEvent) {
  return { connectedAt, endedAt: at };
}
