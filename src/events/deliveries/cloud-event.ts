import { durationSeconds } from '../../calls/call.ts';
import type { CallEvent } from './attempt-store.ts';
import type { OutboundRequest } from './sender.ts';

/** Where the CAMARA API of this server is, below PUBLIC_URL. */
const API_PATH = '/click-to-dial/v0.2rc1';
const TYPE = 'org.camaraproject.click-to-dial.v0.status-changed';

/** CAMARA's CallStatusChangedEvent as a CloudEvent 1.0 in structured mode. @param token null for a sink without credential */
export function cloudEventRequest(
  event: CallEvent,
  sink: string,
  token: string | null,
  publicUrl: string,
): OutboundRequest {
  return {
    url: sink,
    headers: {
      'content-type': 'application/cloudevents+json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(cloudEvent(event, publicUrl)),
  };
}

function cloudEvent(event: CallEvent, publicUrl: string) {
  const { state, reason, recordingEnabled, recordingResult } = event;
  const disconnected = state === 'disconnected';
  const over = disconnected || state === 'failed';
  return {
    id: event.id,
    source: `${publicUrl}${API_PATH}`,
    specversion: '1.0',
    datacontenttype: 'application/json',
    type: TYPE,
    time: event.at,
    data: {
      callId: event.callId,
      caller: event.caller ?? '',
      callee: event.callee,
      status: { state, ...(disconnected && { reason }) },
      ...(over && recordingEnabled && recordingResult !== null && { recordingResult }),
      ...(disconnected && { callDuration: String(durationSeconds(asOf(event), event.at)) }),
      timestamp: event.at,
    },
  };
}

function asOf({ connectedAt, at }: CallEvent) {
  return { connectedAt, endedAt: at };
}
