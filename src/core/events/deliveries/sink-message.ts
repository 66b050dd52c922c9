import type { CallEvent } from '../call-event.ts';
import { cloudEvent } from '../cloud-event.ts';
import type { OutboundRequest } from './sender.ts';

/** Sends a CloudEvent 1.0 in structured mode. @param token null for a sink without credential */
export function cloudEventRequest(
  event: CallEvent,
  sink: string,
  token: string | null,
  eventSource: string,
): OutboundRequest {
  return {
    url: sink,
    headers: {
      'content-type': 'application/cloudevents+json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(cloudEvent(event, eventSource)),
  };
}
