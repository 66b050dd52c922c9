import { durationSeconds } from '../calls/call.ts';
import type { CallEvent } from './call-event.ts';
import { camaraReasonOf } from './camara-reasons.ts';

const TYPE = 'org.camaraproject.click-to-dial.v0.status-changed';

/**
 * Builds CAMARA's CallStatusChangedEvent, a CloudEvent 1.0. It has a reason and a duration only for `disconnected`.
 * @param source URL of the API (CloudEvents 1.0, source)
 */
export function cloudEvent(event: CallEvent, source: string) {
  const { state, reason, recordingEnabled, recordingResult, connectedAt, at } = event;
  const disconnected = state === 'disconnected';
  const ended = disconnected || state === 'failed';
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
      status: { state, ...(disconnected && { reason: camaraReasonOf(reason) }) },
      ...(ended && recordingEnabled && recordingResult !== null && { recordingResult }),
      ...(disconnected && { callDuration: String(durationSeconds({ connectedAt, endedAt: at }, at)) }),
      timestamp: event.at,
    },
  };
}
