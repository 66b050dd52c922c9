import { type Static, type TSchema, Type } from 'typebox';
import { CALL_STATES, type CallState } from '../../core/calls/call.ts';
import {
  DELIVERY_STATES,
  type Delivery,
  type Pause,
  TEST_TYPE,
} from '../../core/events/deliveries/delivery-service.ts';
import {
  DISABLED_REASONS,
  type Webhook,
  type WebhookWithSecret,
} from '../../core/events/webhooks/webhook-service.ts';
import type { ListPage } from '../../platform/database/paging.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import {
  dateTime,
  dateTimeOrNull,
  oneOf,
  oneOrNull,
  textOrNull,
} from '../../platform/http/openapi/values.ts';
import { nextPageToken } from '../../platform/http/query.ts';
import { SAMPLES } from './samples.ts';

/** Webhooks and deliveries, in the API for clients and in the admin API. */

const events = Type.Unsafe<readonly CallState[] | null>({
  type: ['array', 'null'],
  items: { type: 'string', enum: [...CALL_STATES] },
  minItems: 1,
  uniqueItems: true,
  description: 'The states of calls that are reported. Null: all, also those of later versions.',
  examples: [['connected', 'disconnected', 'failed']],
});

const pause = (description: string) =>
  Type.Unsafe<Pause | null>({
    type: ['object', 'null'],
    required: ['until', 'timeouts'],
    properties: {
      until: { type: 'string', format: 'date-time', description: 'When the next attempt starts.' },
      timeouts: {
        type: 'integer',
        minimum: 1,
        description: 'Attempts in a row that the receiver did not answer in time.',
      },
    },
    description,
  });

const webhookProperties = {
  id: Type.String({ description: 'UUID.', examples: [SAMPLES.webhook] }),
  client: Type.String({ description: 'Id of the client.', examples: [SAMPLES.client] }),
  url: Type.String({
    description: 'URL that receives the events of the client’s calls.',
    examples: [SAMPLES.webhookUrl],
  }),
  events,
  createdAt: dateTime('When the webhook was added.'),
  disabledAt: dateTimeOrNull('Since when the webhook gets no events; null while it is enabled.'),
  disabledReason: oneOrNull(
    DISABLED_REASONS,
    'Why it is disabled: `receiverGone`: its receiver answered 410 (Gone); `requested`: the client or an administrator disabled it.',
  ),
  pause: pause('Set while nothing is sent to the host of the URL, because it does not answer.'),
};

export const WebhookResource = Type.Object(webhookProperties, {
  title: 'Webhook',
  description: 'A URL that receives the events of a client’s calls.',
});
export type WebhookResource = Static<typeof WebhookResource>;

export const WebhookWithSecretResource = Type.Object(
  {
    ...webhookProperties,
    secret: Type.String({
      description: '`whsec_…` (Standard Webhooks); shown only once.',
      examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='],
    }),
  },
  { title: 'WebhookWithSecret', description: 'A webhook and its new secret.' },
);
export type WebhookWithSecretResource = Static<typeof WebhookWithSecretResource>;

const AttemptResource = Type.Object({
  at: Type.String({ format: 'date-time' }),
  milliseconds: Type.Integer({ minimum: 0, description: 'Duration of the attempt.', examples: [84] }),
  status: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    description: 'HTTP status of the response; null if there was no response.',
    examples: [204],
  }),
  problem: textOrNull('Why the attempt failed; null if it succeeded.'),
});

export const DeliveryResource = Type.Object(
  {
    id: Type.String({ description: 'Digits; a later event has a higher id.', examples: ['1024'] }),
    call: textOrNull('Id of the call; null for a test event.', SAMPLES.call),
    event: Type.Object({
      id: Type.String({
        description: 'UUID; sent as `webhook-id`, or as the `id` of the CloudEvent.',
        examples: [SAMPLES.event],
      }),
      type: oneOf(
        [...CALL_STATES, TEST_TYPE],
        'The state of the call that the event reports, or `test` for a test event.',
        'connected',
      ),
    }),
    webhook: textOrNull('Id of the webhook; null for the sink of the call.', SAMPLES.webhook),
    url: Type.String({ description: 'URL of the receiver.', examples: [SAMPLES.webhookUrl] }),
    state: oneOf(
      DELIVERY_STATES,
      '`pending`: waits for its first or next attempt; `parked`: failed for three days; `stopped`: will not be attempted again, because the receiver answered 410, the webhook is disabled, the sink’s credential has expired, or a test event failed. The last attempt says why.',
      'delivered',
    ),
    pause: pause('Set while a pending delivery waits because the receiver does not answer.'),
    createdAt: dateTime('When the event happened.'),
    endedAt: dateTimeOrNull(
      'When the delivery succeeded, was parked or stopped; null while it is pending.',
      '2026-01-31T08:30:00.084Z',
    ),
    attempts: Type.Array(AttemptResource, { description: 'Oldest first.' }),
  },
  { title: 'Delivery', description: 'The delivery of an event to a sink or a webhook.' },
);
export type DeliveryResource = Static<typeof DeliveryResource>;

export const NewWebhook = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: 2048,
      description: 'A public `https:` URL.',
      examples: [SAMPLES.webhookUrl],
    }),
    events: Type.Optional(events),
  },
  { additionalProperties: false },
);
export const EventChoice = Type.Object({ events }, { additionalProperties: false });
export const Disabling = Type.Object({ disabled: Type.Boolean() }, { additionalProperties: false });

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
    test: answer(
      DeliveryResource,
      'The test event is queued. The delivery log soon shows its result.',
      headers,
    ),
  };
}

export function webhookResource({ clientId, ...webhook }: Webhook): WebhookResource {
  const { id, url, events, createdAt, disabledAt, disabledReason, pause } = webhook;
  return { id, client: clientId, url, events, createdAt, disabledAt, disabledReason, pause };
}

export function webhookWithSecretResource({ webhook, secret }: WebhookWithSecret): WebhookWithSecretResource {
  return { ...webhookResource(webhook), secret };
}

export function deliveriesPage({ items, nextPageToken: token }: ListPage<Delivery>) {
  return { deliveries: items.map(deliveryResource), nextPageToken: token };
}

export function deliveryResource(delivery: Delivery): DeliveryResource {
  const { id, eventId, event, callId, webhookId, url, state, pause, createdAt, endedAt, attempts } = delivery;
  return {
    id,
    call: callId,
    event: { id: eventId, type: event },
    webhook: webhookId,
    url,
    state,
    pause,
    createdAt,
    endedAt,
    attempts: [...attempts],
  };
}
