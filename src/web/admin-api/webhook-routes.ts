import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { CallAdministration } from '../../core/calls/call-administration.ts';
import type { ClientService } from '../../core/clients/client-service.ts';
import type { DeliveryService } from '../../core/events/deliveries/delivery-service.ts';
import type { WebhookService } from '../../core/events/webhooks/webhook-service.ts';
import { readPage } from '../../platform/http/query.ts';
import { actorOf } from '../entry/actor.ts';
import {
  shownDeliveries,
  shownDelivery,
  shownWebhook,
  withSecret,
} from '../representations/webhook-schemas.ts';
import {
  addWebhook,
  findWebhook,
  listDeliveries,
  listDeliveriesOfCall,
  listWebhooks,
  removeWebhook,
  resend,
  rotateSecret,
} from './webhook-operations.ts';

const config = { entry: 'administrator' } as const;

export interface WebhookRouteParts {
  readonly webhooks: WebhookService;
  readonly deliveries: DeliveryService;
  readonly clients: ClientService;
  readonly calls: CallAdministration;
}

/** Webhooks of any client, and where every event went. */
export function adminWebhookRoutes({ webhooks, deliveries, clients, calls }: WebhookRouteParts) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get('/admin/clients/:id/webhooks', { config, schema: listWebhooks }, async ({ params }) => {
      const client = await clients.findClient(params.id);
      return { webhooks: (await webhooks.listWebhooks(client.id)).map(shownWebhook) };
    });

    app.post('/admin/clients/:id/webhooks', { config, schema: addWebhook }, async (request, reply) => {
      const { params, body } = request;
      const added = await webhooks.addWebhook(params.id, body.url, actorOf(request));
      return reply.code(201).header('cache-control', 'no-store').send(withSecret(added));
    });

    app.delete(
      '/admin/clients/:id/webhooks/:webhook',
      { config, schema: removeWebhook },
      async (request, reply) => {
        const { id, webhook } = request.params;
        await webhooks.removeWebhook(webhook, id, actorOf(request));
        return reply.code(204).send();
      },
    );

    app.post(
      '/admin/clients/:id/webhooks/:webhook/secret',
      { config, schema: rotateSecret },
      async (request, reply) => {
        const { id, webhook } = request.params;
        const rotated = await webhooks.rotateSecret(webhook, id, actorOf(request));
        return reply.header('cache-control', 'no-store').send(withSecret(rotated));
      },
    );

    app.get('/admin/webhooks/:id', { config, schema: findWebhook }, async ({ params }) =>
      shownWebhook(await webhooks.findWebhook(params.id, null)),
    );

    app.get(
      '/admin/webhooks/:id/deliveries',
      { config, schema: listDeliveries },
      async ({ params, query }) => {
        const { id: webhookId } = await webhooks.findWebhook(params.id, null);
        return shownDeliveries(await deliveries.listDeliveries({ webhookId }, readPage(query)));
      },
    );

    app.get(
      '/admin/calls/:id/deliveries',
      { config, schema: listDeliveriesOfCall },
      async ({ params, query }) => {
        const { id: callId } = await calls.findCall(params.id);
        return shownDeliveries(await deliveries.listDeliveries({ callId }, readPage(query)));
      },
    );

    app.post('/admin/deliveries/:id/resend', { config, schema: resend }, async (request) =>
      shownDelivery(await deliveries.resend(request.params.id, null, actorOf(request))),
    );
  };
}
