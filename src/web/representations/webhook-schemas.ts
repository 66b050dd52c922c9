import { type Static, type TSchema, Type } from 'typebox';
import { CALL_STATES } from '../../core/calls/call.ts';
import type { Delivery as KeptDelivery } from '../../core/events/deliveries/delivery-service.ts';
import type {
  Webhook as KeptWebhook,
  WebhookWithSecret as MadeWebhook,
} from '../../core/events/webhooks/webhook-service.ts';
import type { ListPage } from '../../platform/database/paging.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import { dateTime, dateTimeOrNull, oneOf, textOrNull } from '../../platform/http/openapi/values.ts';
import { nextPageToken } from '../../platform/http/query.ts';

/** Webhooks and deliveries, the same for administrators and clients. */

const webhook = {
  id: Type.String({ description: 'UUID.' }),
  client: Type.String({ description: 'Id of the client.' }),
  url: Type.String({ description: 'URL that receives the events of the client’s calls.' }),
  createdAt: dateTime('When the webhook was added.'),
};

export const Webhook = Type.Object(webhook, {
  title: 'Webhook',
  description: 'A URL that receives the events of a client’s calls.',
});
export type Webhook = Static<typeof Webhook>;

export const WebhookWithSecret = Type.Object(
  { ...webhook, secret: Type.String({ description: '`whsec_…` (Standard Webhooks); shown only once.' }) },
  { title: 'WebhookWithSecret', description: 'A webhook and its new secret.' },
);
export type WebhookWithSecret = Static<typeof WebhookWithSecret>;

const Attempt = Type.Object({
  at: Type.String({ format: 'date-time' }),
  milliseconds: Type.Integer({ minimum: 0, description: 'Duration of the attempt.' }),
  status: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    description: 'HTTP status of the response; null if there was no response.',
  }),
  problem: textOrNull('Why the attempt failed; null if it succeeded.'),
});

export const Delivery = Type.Object(
  {
    id: Type.String({ description: 'Digits; a later event has a higher id.' }),
    call: Type.String({ description: 'Id of the call.' }),
    event: Type.Object({
      id: Type.String({
        description: 'UUID; sent as `webhook-id`, or as the `id` of the CloudEvent.',
      }),
      state: oneOf(CALL_STATES, 'The state of the call that the event reports.'),
    }),
    webhook: textOrNull('Id of the webhook; null for the sink of the call.'),
    url: Type.String({ description: 'URL of the receiver.' }),
    state: oneOf(
      ['pending', 'delivered', 'parked', 'stopped'],
      '`pending`: waits for its first or next attempt; `parked`: failed for three days; `stopped`: the sink’s credential has expired.',
    ),
    createdAt: dateTime('When the event happened.'),
    endedAt: dateTimeOrNull('When the delivery succeeded, was parked or stopped; null while it is pending.'),
    attempts: Type.Array(Attempt, { description: 'Oldest first.' }),
  },
  { title: 'Delivery', description: 'The delivery of an event to a sink or a webhook.' },
);
export type Delivery = Static<typeof Delivery>;

export const addedWebhook = Type.Object(
  { url: Type.String({ minLength: 1, maxLength: 2048, description: 'A public `https:` URL.' }) },
  { additionalProperties: false },
);

const list = Type.Object({ webhooks: Type.Array(Webhook) });
const page = Type.Object({ deliveries: Type.Array(Delivery), nextPageToken });

/** The responses, with the headers of the API that uses them. */
export function webhookResponses(headers?: Readonly<Record<string, TSchema>>) {
  return {
    webhooks: answer(list, 'The webhooks.', headers),
    webhook: answer(Webhook, 'The webhook.', headers),
    withSecret: (description: string) => answer(WebhookWithSecret, description, headers),
    deliveries: answer(page, 'A page of deliveries.', headers),
    delivery: answer(Delivery, 'The delivery.', headers),
  };
}

export function shownWebhook({ id, clientId, url, createdAt }: KeptWebhook): Webhook {
  return { id, client: clientId, url, createdAt };
}

export function withSecret({ webhook, secret }: MadeWebhook): WebhookWithSecret {
  return { ...shownWebhook(webhook), secret };
}

export function shownDeliveries({ items, nextPageToken: token }: ListPage<KeptDelivery>) {
  return { deliveries: items.map(shownDelivery), nextPageToken: token };
}

export function shownDelivery(delivery: KeptDelivery): Delivery {
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
    attempts: [...attempts],
  };
}
