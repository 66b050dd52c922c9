import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { CallAdministration } from '../../core/calls/call-administration.ts';
import { CallNotFound } from '../../core/calls/call-errors.ts';
import { DeliveryNotFound } from '../../core/events/deliveries/delivery-errors.ts';
import type { DeliveryService } from '../../core/events/deliveries/delivery-service.ts';
import { TestLimitReached, WebhookNotFound } from '../../core/events/webhooks/webhook-errors.ts';
import type { WebhookService } from '../../core/events/webhooks/webhook-service.ts';
import { pageParameters, readPage } from '../../platform/http/query.ts';
import { actorOf } from '../entry/actor.ts';
import { TAGS } from '../representations/tags.ts';
import { deliveriesPage, deliveryResource, webhookResponses } from '../representations/webhook-schemas.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminWebhooks];
const idOf = (description: string) =>
  Type.Object({ id: Type.String({ minLength: 1, maxLength: 64, description }) });
const PageQuery = Type.Object(pageParameters, { additionalProperties: false });
const responses = webhookResponses();

interface AdminDeliveryDeps {
  readonly webhooks: Pick<WebhookService, 'findWebhook'>;
  readonly deliveries: DeliveryService;
  readonly calls: Pick<CallAdministration, 'findCall'>;
}

/** Deliveries of all clients. */
export const adminDeliveryRoutes: FastifyPluginAsyncTypebox<AdminDeliveryDeps> = async (
  app,
  { webhooks, deliveries, calls },
) => {
  app.get(
    '/admin/webhooks/:id/deliveries',
    {
      config,
      schema: {
        operationId: 'listDeliveriesOfAnyWebhook',
        summary: 'List the deliveries to a webhook',
        description: 'Includes all attempts. Newest first.',
        tags,
        params: idOf('Id of the webhook.'),
        querystring: PageQuery,
        response: { 200: responses.deliveries },
        errors: [WebhookNotFound],
      },
    },
    async ({ params, query }) => {
      const { id: webhookId } = await webhooks.findWebhook(params.id, null);
      return deliveriesPage(await deliveries.listDeliveries({ webhookId }, readPage(query)));
    },
  );

  app.get(
    '/admin/calls/:id/deliveries',
    {
      config,
      schema: {
        operationId: 'listDeliveriesOfAnyCall',
        summary: 'List the deliveries of a call',
        description: 'Deliveries to the call’s sink and to webhooks, with all attempts. Newest first.',
        tags,
        params: idOf('Id of the call.'),
        querystring: PageQuery,
        response: { 200: responses.deliveries },
        errors: [CallNotFound],
      },
    },
    async ({ params, query }) => {
      const { id: callId } = await calls.findCall(params.id);
      return deliveriesPage(await deliveries.listDeliveries({ callId }, readPage(query)));
    },
  );

  app.post(
    '/admin/deliveries/:id/resend',
    {
      config,
      schema: {
        operationId: 'resendAnyDelivery',
        summary: 'Resend a delivery',
        description:
          'Sends a finished delivery again, or retries a pending one now. Events of a call stay in order: a delivery still waits for earlier events of its call. Test events count towards their limit.',
        tags,
        params: idOf('Id of the delivery.'),
        response: { 200: responses.delivery },
        errors: [DeliveryNotFound, TestLimitReached],
      },
    },
    async (request) => deliveryResource(await deliveries.resend(request.params.id, null, actorOf(request))),
  );
};
