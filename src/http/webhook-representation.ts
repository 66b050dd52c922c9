import type { Delivery } from '../events/deliveries/delivery-service.ts';
import type { Webhook, WebhookWithSecret } from '../events/webhooks/webhook-service.ts';

/** The same for administrators and for the client itself. */
export function shownWebhook({ id, clientId, url, createdAt }: Webhook) {
  return { id, client: clientId, url, createdAt };
}

export function withSecret({ webhook, secret }: WebhookWithSecret) {
  return { ...shownWebhook(webhook), secret };
}

/** Times in ISO 8601; `webhook` is null for the sink of the call. */
export function shownDelivery(delivery: Delivery) {
  const { id, eventId, event, callId, webhookId, url, state, createdAt, endedAt, attempts } = delivery;
  return {
    id,
    call: callId,
    event: { id: eventId, state: event },
    webhook: webhookId,
    url,
    state,
    createdAt,
    endedAt,
    attempts,
  };
}
