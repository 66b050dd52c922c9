import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { DeliveryNotFound } from '../../core/events/deliveries/delivery-errors.ts';
import type { DeliveryService } from '../../core/events/deliveries/delivery-service.ts';
import { TestLimitReached, WebhookNotFound } from '../../core/events/webhooks/webhook-errors.ts';
import type { WebhookService } from '../../core/events/webhooks/webhook-service.ts';
import { SCOPE_WEBHOOKS } from '../../core/tokens/access-token.ts';
import { pageParameters, readPage } from '../../platform/http/query.ts';
import { actorOf } from '../entry/actor.ts';
import { TAGS } from '../representations/tags.ts';
import { deliveriesPage, deliveryResource, webhookResponses } from '../representations/webhook-schemas.ts';
import { CallParams } from './call-schemas.ts';
import { CorrelatedRequest, correlated } from './correlation.ts';

const config = { entry: 'client', scopes: [SCOPE_WEBHOOKS], errorStyle: 'problem' } as const;
const tags = [TAGS.webhooks];
const headers = CorrelatedRequest;
const idOf = (description: string) =>
  Type.Object({ id: Type.String({ minLength: 1, maxLength: 64, description }) });
const responses = webhookResponses(correlated);

interface ClientDeliveryDeps {
  readonly webhooks: Pick<WebhookService, 'findWebhook'>;
  readonly deliveries: DeliveryService;
}

/** A client's own deliveries, with a token that the client got for itself. */
export const clientDeliveryRoutes: FastifyPluginAsyncTypebox<ClientDeliveryDeps> = async (
  app,
  { webhooks, deliveries },
) => {
  app.get(
    '/webhooks/:id/deliveries',
    {
      config,
      schema: {
        operationId: 'listWebhookDeliveries',
        summary: 'List the deliveries to a webhook',
        description: 'Includes all attempts. Newest first.',
        tags,
        headers,
        params: idOf('Id of the webhook.'),
        querystring: Type.Object(pageParameters, { additionalProperties: false }),
        response: { 200: responses.deliveries },
        errors: [WebhookNotFound],
      },
    },
    async ({ params, query, clientId }) => {
      const { id: webhookId } = await webhooks.findWebhook(params.id, clientId);
      return deliveriesPage(await deliveries.listDeliveries({ webhookId }, readPage(query)));
    },
  );

  app.get(
    '/deliveries',
    {
      config,
      schema: {
        operationId: 'listDeliveries',
        summary: 'List deliveries',
        description:
          'Deliveries to webhooks and sinks, for all the client’s calls or for one call, and of test events. Newest first.',
        tags,
        headers,
        querystring: Type.Object(
          { callId: Type.Optional(CallParams.properties.callId), ...pageParameters },
          { additionalProperties: false },
        ),
        response: { 200: responses.deliveries },
      },
    },
    async ({ query, clientId }) => {
      const filter = { clientId, ...(query.callId !== undefined && { callId: query.callId }) };
      return deliveriesPage(await deliveries.listDeliveries(filter, readPage(query)));
    },
  );

  app.get(
    '/deliveries/:id',
    {
      config,
      schema: {
        operationId: 'showDelivery',
        summary: 'Show a delivery',
        description: 'One of the client’s own deliveries, with all attempts.',
        tags,
        headers,
        params: idOf('Id of the delivery.'),
        response: { 200: responses.delivery },
        errors: [DeliveryNotFound],
      },
    },
    async ({ params, clientId }) => deliveryResource(await deliveries.findDelivery(params.id, clientId)),
  );

  app.post(
    '/deliveries/:id/resend',
    {
      config,
      schema: {
        operationId: 'resendDelivery',
        summary: 'Resend a delivery',
        description:
          'Sends a finished delivery again, or retries a pending one now. Events of a call stay in order: a delivery still waits for earlier events of its call. Test events count towards their limit.',
        tags,
        headers,
        params: idOf('Id of the delivery.'),
        response: { 200: responses.delivery },
        errors: [DeliveryNotFound, TestLimitReached],
      },
    },
    async (request) =>
      deliveryResource(await deliveries.resend(request.params.id, request.clientId, actorOf(request))),
  );
};
