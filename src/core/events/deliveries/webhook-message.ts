import { Webhook } from 'standardwebhooks';
import type { EventMessage } from '../call-message.ts';
import type { TestEvent } from './attempt-store.ts';
import type { OutboundRequest } from './sender.ts';

/** The type of a test event. The types of the other events are the states of calls. */
export const TEST_TYPE = 'test';

export function testMessage({ id, at }: TestEvent, webhookId: string): EventMessage {
  return { id, type: TEST_TYPE, timestamp: at, data: { webhookId } };
}

/**
 * Builds a request by Standard Webhooks 1.0. The id is that of the event, the same for each attempt; the timestamp in the header
 * is that of the attempt.
 * @param secrets `whsec_…`; each signs the message, so that a receiver may know either secret during a rotation
 */
export function webhookRequest(
  { id, ...message }: EventMessage,
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
