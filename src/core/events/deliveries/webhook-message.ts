import { Webhook } from 'standardwebhooks';
import { durationSeconds } from '../../calls/call.ts';
import type { CallEvent } from '../call-event.ts';
import type { TestEvent } from './attempt-store.ts';
import type { OutboundRequest } from './sender.ts';

/** The type of a test event. The types of the other events are the states of calls. */
export const TEST_TYPE = 'test';

/** The payload of a webhook, and the id of its event. */
export interface WebhookMessage {
  readonly id: string;
  readonly type: string;
  readonly timestamp: Date;
  readonly data: object;
}

export function callMessage(event: CallEvent): WebhookMessage {
  return { id: event.id, type: event.state, timestamp: event.at, data: dataOf(event) };
}

export function testMessage({ id, at }: TestEvent, webhookId: string): WebhookMessage {
  return { id, type: TEST_TYPE, timestamp: at, data: { webhookId } };
}

/**
 * Builds a request by Standard Webhooks 1.0. The id is that of the event, the same for each attempt; the timestamp in the header
 * is that of the attempt.
 * @param secrets `whsec_…`; each signs the message, so that a receiver may know either secret during a rotation
 */
export function webhookRequest(
  { id, ...message }: WebhookMessage,
  url: string,
  secrets: readonly string[],
  now: Date,
): OutboundRequest {
  const body = JSON.stringify(message);
  return {
    url,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
    },
    body,
  };
}

/** The call as it was after the event; duration in seconds. */
function dataOf(event: CallEvent) {
  const { state, at } = event;
  const ended = state === 'disconnected' || state === 'failed';
  const byThen = (time: Date | null) => (time && time <= at ? time : null);
  const connectedAt = byThen(event.connectedAt);
  const endedAt = ended ? at : null;
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
    recordingResult: ended ? event.recordingResult : null,
    createdAt: event.createdAt,
    callerAnsweredAt: byThen(event.callerAnsweredAt),
    connectedAt,
    endedAt,
    duration: durationSeconds({ connectedAt, endedAt }, at),
  };
}
