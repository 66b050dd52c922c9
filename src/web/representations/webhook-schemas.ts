import { type Static, type TSchema, Type } from 'typebox';
import { CALL_STATES } from '../../core/calls/call.ts';
import { DELIVERY_STATES, type Delivery } from '../../core/events/deliveries/delivery-service.ts';
import type { Webhook, WebhookWithSecret } from '../../core/events/webhooks/webhook-service.ts';
import type { ListPage } from '../../platform/database/paging.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import { dateTime, dateTimeOrNull, oneOf, textOrNull } from '../../platform/http/openapi/values.ts';
import { nextPageToken } from '../../platform/http/query.ts';

/** Webhooks and deliveries, in the API for clients and in the admin API. */

const webhookProperties = {
  id: Type.String({ description: 'UUID.' }),
  client: Type.String({ description: 'Id of the client.' }),
  url: Type.String({ description: 'URL that receives the events of the client’s calls.' }),
  createdAt: dateTime('When the webhook was added.'),
};

export const WebhookResource = Type.Object(webhookProperties, {
  title: 'Webhook',
  description: 'A URL that receives the events of a client’s calls.',
});
export type WebhookResource = Static<typeof WebhookResource>;

export const WebhookWithSecretResource = Type.Object(
  {
    ...webhookProperties,
    secret: Type.String({ description: '`whsec_…` (Standard Webhooks); shown only once.' }),
  },
  { title: 'WebhookWithSecret', description: 'A webhook and its new secret.' },
);
export type WebhookWithSecretResource = Static<typeof WebhookWithSecretResource>;

const AttemptResource = Type.Object({
  at: Type.String({ format: 'date-time' }),
  milliseconds: Type.Integer({ minimum: 0, description: 'Duration of the attempt.' }),
  status: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    description: 'HTTP status of the response; null if there was no response.',
  }),
  problem: textOrNull('Why the attempt failed; null if it succeeded.'),
});

export const DeliveryResource = Type.Object(
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
      DELIVERY_STATES,
      '`pending`: waits for its first or next attempt; `parked`: failed for three days; `stopped`: the sink’s credential has expired.',
    ),
    createdAt: dateTime('When the event happened.'),
    endedAt: dateTimeOrNull('When the delivery succeeded, was parked or stopped; null while it is pending.'),
    attempts: Type.Array(AttemptResource, { description: 'Oldest first.' }),
  },
  { title: 'Delivery', description: 'The delivery of an event to a sink or a webhook.' },
);
export type DeliveryResource = Static<typeof DeliveryResource>;

export const NewWebhook = Type.Object(
  { url: Type.String({ minLength: 1, maxLength: 2048, description: 'A public `https:` URL.' }) },
  { additionalProperties: false },
);

const WebhookList = Type.Object({ webhooks: Type.Array(WebhookResource) });
const DeliveryPage = Type.Object({ deliveries: Type.Array(DeliveryResource), nextPageToken });

/** The responses. @param headers of all responses of the API */
export function webhookResponses(headers?: Readonly<Record<string, TSchema>>) {
  return {
    webhooks: answer(WebhookList, 'The webhooks.', headers),
    webhook: answer(WebhookResource, 'The webhook.', headers),
    withSecret: (description: string) => answer(WebhookWithSecretResource, description, headers),
    deliveries: answer(DeliveryPage, 'A page of deliveries.', headers),
    delivery: answer(DeliveryResource, 'The delivery.', headers),
  };
}

export function webhookResource({ id, clientId, url, createdAt }: Webhook): WebhookResource {
  return { id, client: clientId, url, createdAt };
}

export function webhookWithSecretResource({ webhook, secret }: WebhookWithSecret): WebhookWithSecretResource {
  return { ...webhookResource(webhook), secret };
}

export function deliveriesPage({ items, nextPageToken: token }: ListPage<Delivery>) {
  return { deliveries: items.map(deliveryResource), nextPageToken: token };
}

export function deliveryResource(delivery: Delivery): DeliveryResource {
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
