import type { CallEvent } from '../call-event.ts';
import { cloudEvent } from '../cloud-event.ts';
import type { OutboundRequest } from './sender.ts';

interface Sink {
  readonly url: string;
  /** Null for a sink without credential. */
  readonly token: string | null;
  readonly correlator: string;
}

/** Sends a CloudEvent 1.0 in structured mode. */
export function cloudEventRequest(event: CallEvent, sink: Sink, eventSource: string): OutboundRequest {
  return {
    url: sink.url,
    headers: {
      'content-type': 'application/cloudevents+json',
      'x-correlator': sink.correlator,
      ...(sink.token !== null && { authorization: `Bearer ${sink.token}` }),
    },
    body: JSON.stringify(cloudEvent(event, eventSource)),
  };
}
