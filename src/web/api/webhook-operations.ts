import { Type } from 'typebox';
import { DeliveryNotFound } from '../../core/events/deliveries/delivery-errors.ts';
import { WebhookLimitReached, WebhookNotFound } from '../../core/events/webhooks/webhook-errors.ts';
import { CorrelatorHeader } from '../../platform/http/correlator.ts';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import { empty } from '../../platform/http/openapi/response.ts';
import { pageParameters } from '../../platform/http/query.ts';
import { headers } from '../click-to-dial/call-operations.ts';
import { CallId, extension } from '../click-to-dial/call-schemas.ts';
import { addedWebhook, webhookResponses } from '../representations/webhook-schemas.ts';

const tags = [TAGS.webhooks];
const one = (description: string) =>
  Type.Object({ id: Type.String({ minLength: 1, maxLength: 64, description }) });
const responses = webhookResponses(CorrelatorHeader);

export const listWebhooks = {
  ...extension,
  operationId: 'listWebhooks',
  summary: 'List the client’s own webhooks',
  description: 'Where the events of the client’s calls go, oldest first.',
  tags,
  headers,
  response: { 200: responses.webhooks },
};

export const addWebhook = {
  ...extension,
  operationId: 'addWebhook',
  summary: 'Add a webhook',
  description: 'From now on every event of the client’s calls goes there. The secret is shown this once.',
  tags,
  headers,
  body: addedWebhook,
  response: { 201: responses.withSecret('The webhook is added.') },
  errors: [WebhookLimitReached],
};

export const removeWebhook = {
  ...extension,
  operationId: 'removeWebhook',
  summary: 'Remove a webhook',
  description: 'Its deliveries go with it, also those under way.',
  tags,
  headers,
  params: one('The webhook.'),
  response: { 204: empty('The webhook is gone.', CorrelatorHeader) },
  errors: [WebhookNotFound],
};

export const rotateSecret = {
  ...extension,
  operationId: 'rotateWebhookSecret',
  summary: 'Give a webhook a new secret',
  description: 'For a day messages are signed with the old one, too.',
  tags,
  headers,
  params: one('The webhook.'),
  response: { 200: responses.withSecret('The webhook has a new secret.') },
  errors: [WebhookNotFound],
};

export const listWebhookDeliveries = {
  ...extension,
  operationId: 'listWebhookDeliveries',
  summary: 'List the deliveries to a webhook',
  description: 'With all attempts, newest first.',
  tags,
  headers,
  params: one('The webhook.'),
  querystring: Type.Object(pageParameters, { additionalProperties: false }),
  response: { 200: responses.deliveries },
  errors: [WebhookNotFound],
};

export const listDeliveries = {
  ...extension,
  operationId: 'listDeliveries',
  summary: 'List deliveries',
  description: 'Of the events of all the client’s calls, or of one, to webhooks and sinks; newest first.',
  tags,
  headers,
  querystring: Type.Object(
    { callId: Type.Optional(CallId), ...pageParameters },
    { additionalProperties: false },
  ),
  response: { 200: responses.deliveries },
};

export const resend = {
  ...extension,
  operationId: 'resendDelivery',
  summary: 'Deliver once more',
  description:
    'Or at once what waits for its next attempt. What waits for an earlier event of its call goes on waiting.',
  tags,
  headers,
  params: one('The delivery.'),
  response: { 200: responses.delivery },
  errors: [DeliveryNotFound],
};
