import { Webhook } from 'standardwebhooks';
import { durationSeconds } from '../../calls/call.ts';
import type { CallEvent } from '../call-event.ts';
import type { OutboundRequest } from './sender.ts';

/**
 * A message after Standard Webhooks 1.0: the id is the event's, the same at each attempt, and the timestamp the attempt's.
 * @param secrets `whsec_…`; each signs, so that a receiver may know the new one or still the old one
 */
export function webhookRequest(
  event: CallEvent,
  url: string,
  secrets: readonly string[],
  now: Date,
): OutboundRequest {
  const body = JSON.stringify({ type: event.state, timestamp: event.at, data: dataOf(event) });
  return {
    url,
    headers: {
      'content-type': 'application/json',
      'webhook-id': event.id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(event.id, now, body)).join(' '),
    },
    body,
  };
}

/** The call as it was right after the event; duration in seconds. */
function dataOf(event: CallEvent) {
  const { state, at } = event;
  const over = state === 'disconnected' || state === 'failed';
  const byThen = (time: Date | null) => (time && time <= at ? time : null);
  const connectedAt = byThen(event.connectedAt);
  const endedAt = over ? at : null;
  return {
    callId: event.callId,
    sequence: Number(event.sequence),
    caller: event.caller,
    callee: event.callee,
    state,
    reason: event.reason,
    endedBy: event.endedBy,
    clientReference: event.clientReference,
    metadata: event.metadata,
    recordingEnabled: event.recordingEnabled,
    recordingResult: over ? event.recordingResult : null,
    createdAt: event.createdAt,
    callerAnsweredAt: byThen(event.callerAnsweredAt),
    connectedAt,
    endedAt,
    duration: durationSeconds({ connectedAt, endedAt }, at),
  };
}
