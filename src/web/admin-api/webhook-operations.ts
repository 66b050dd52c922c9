import { Type } from 'typebox';
import { CallNotFound } from '../../core/calls/call-errors.ts';
import { ClientNotFound } from '../../core/clients/client-errors.ts';
import { DeliveryNotFound } from '../../core/events/deliveries/delivery-errors.ts';
import { WebhookLimitReached, WebhookNotFound } from '../../core/events/webhooks/webhook-errors.ts';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import { empty } from '../../platform/http/openapi/response.ts';
import { NoQuery, pageParameters } from '../../platform/http/query.ts';
import { addedWebhook, webhookResponses } from '../representations/webhook-schemas.ts';

const tags = [TAGS.adminWebhooks];
const id = (description: string) => Type.String({ minLength: 1, maxLength: 64, description });
const ofClient = Type.Object({ id: id('The client.') });
const oneOfClient = Type.Object({ id: id('The client.'), webhook: id('The webhook.') });
const Page = Type.Object(pageParameters, { additionalProperties: false });
const responses = webhookResponses();

export const listWebhooks = {
  operationId: 'listWebhooksOfClient',
  summary: 'List a client’s webhooks',
  description: 'Where the events of the client’s calls go, oldest first.',
  tags,
  params: ofClient,
  querystring: NoQuery,
  response: { 200: responses.webhooks },
  errors: [ClientNotFound],
};

export const addWebhook = {
  operationId: 'addWebhookOfClient',
  summary: 'Add a webhook to a client',
  description: 'From now on every event of the client’s calls goes there. The secret is shown this once.',
  tags,
  params: ofClient,
  body: addedWebhook,
  response: { 201: responses.withSecret('The webhook is added.') },
  errors: [ClientNotFound, WebhookLimitReached],
};

export const findWebhook = {
  operationId: 'findAnyWebhook',
  summary: 'Show a webhook',
  description: 'Whichever client’s it is.',
  tags,
  params: Type.Object({ id: id('The webhook.') }),
  querystring: NoQuery,
  response: { 200: responses.webhook },
  errors: [WebhookNotFound],
};

export const removeWebhook = {
  operationId: 'removeWebhookOfClient',
  summary: 'Remove a webhook of a client',
  description: 'Its deliveries go with it, also those under way.',
  tags,
  params: oneOfClient,
  response: { 204: empty('The webhook is gone.') },
  errors: [WebhookNotFound],
};

export const rotateSecret = {
  operationId: 'rotateWebhookSecretOfClient',
  summary: 'Give a webhook of a client a new secret',
  description: 'For a day messages are signed with the old one, too.',
  tags,
  params: oneOfClient,
  response: { 200: responses.withSecret('The webhook has a new secret.') },
  errors: [WebhookNotFound],
};

export const listDeliveries = {
  operationId: 'listDeliveriesOfAnyWebhook',
  summary: 'List the deliveries to a webhook',
  description: 'With all attempts, newest first.',
  tags,
  params: Type.Object({ id: id('The webhook.') }),
  querystring: Page,
  response: { 200: responses.deliveries },
  errors: [WebhookNotFound],
};

export const listDeliveriesOfCall = {
  operationId: 'listDeliveriesOfAnyCall',
  summary: 'List the deliveries of a call',
  description: 'To its sink and to webhooks, with all attempts, newest first.',
  tags,
  params: Type.Object({ id: id('The call.') }),
  querystring: Page,
  response: { 200: responses.deliveries },
  errors: [CallNotFound],
};

export const resend = {
  operationId: 'resendAnyDelivery',
  summary: 'Deliver once more',
  description:
    'Or at once what waits for its next attempt. What waits for an earlier event of its call goes on waiting.',
  tags,
  params: Type.Object({ id: id('The delivery.') }),
  response: { 200: responses.delivery },
  errors: [DeliveryNotFound],
};
