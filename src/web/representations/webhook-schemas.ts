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

/** Webhooks and deliveries as administrators and clients see them: the same. */

const webhook = {
  id: Type.String({ description: 'UUID.' }),
  client: Type.String({ description: 'The client, by id.' }),
  url: Type.String({ description: 'Where the events of the client’s calls go.' }),
  createdAt: dateTime('When it was added.'),
};

export const Webhook = Type.Object(webhook, {
  title: 'Webhook',
  description: 'Where all events of a client’s calls go.',
});
export type Webhook = Static<typeof Webhook>;

export const WebhookWithSecret = Type.Object(
  { ...webhook, secret: Type.String({ description: '`whsec_…` (Standard Webhooks); shown this once.' }) },
  { title: 'WebhookWithSecret', description: 'A webhook and its new secret.' },
);
export type WebhookWithSecret = Static<typeof WebhookWithSecret>;

const Attempt = Type.Object({
  at: Type.String({ format: 'date-time' }),
  milliseconds: Type.Integer({ minimum: 0, description: 'How long it took.' }),
  status: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    description: 'Of the answer; null when there was none.',
  }),
  problem: textOrNull('Why it failed; null when it was delivered.'),
});

export const Delivery = Type.Object(
  {
    id: Type.String({ description: 'Digits; a later event has a higher one.' }),
    call: Type.String({ description: 'The call, by id.' }),
    event: Type.Object({
      id: Type.String({
        description: 'UUID; the receiver sees it as `webhook-id`, or as the `id` of the CloudEvent.',
      }),
      state: oneOf(CALL_STATES, 'The state that it tells of.'),
    }),
    webhook: textOrNull('The webhook, by id; null for the sink of the call.'),
    url: Type.String({ description: 'Where it goes.' }),
    state: oneOf(
      ['pending', 'delivered', 'parked', 'stopped'],
      '`pending`: to be tried, or tried again; `parked`: tried for three days; `stopped`: the sink’s credential has expired.',
    ),
    createdAt: dateTime('When the event happened.'),
    endedAt: dateTimeOrNull('When it was delivered, parked or stopped; null while it is pending.'),
    attempts: Type.Array(Attempt, { description: 'Oldest first.' }),
  },
  { title: 'Delivery', description: 'An event on its way to a sink or a webhook.' },
);
export type Delivery = Static<typeof Delivery>;

export const addedWebhook = Type.Object(
  { url: Type.String({ minLength: 1, maxLength: 2048, description: 'Public, and `https:`.' }) },
  { additionalProperties: false },
);

const list = Type.Object({ webhooks: Type.Array(Webhook) });
const page = Type.Object({ deliveries: Type.Array(Delivery), nextPageToken });

/** The responses, with whatever headers the face has. */
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
    ...{ id, call: callId, event: { id: eventId, state: event }, webhook: webhookId, url, state },
    ...{ createdAt, endedAt, attempts: [...attempts] },
  };
}
