import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { DeliveryService } from '../../core/events/deliveries/delivery-service.ts';
import type { WebhookService } from '../../core/events/webhooks/webhook-service.ts';
import { SCOPE_WEBHOOKS } from '../../core/tokens/access-token.ts';
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
  listDeliveries,
  listWebhookDeliveries,
  listWebhooks,
  removeWebhook,
  resend,
  rotateSecret,
} from './webhook-operations.ts';

const config = { entry: 'client', scopes: [SCOPE_WEBHOOKS], errorStyle: 'camara' } as const;

/** A client's own webhooks and deliveries, by a token that it got for itself. */
export function clientWebhookRoutes(webhooks: WebhookService, deliveries: DeliveryService) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get('/webhooks', { config, schema: listWebhooks }, async ({ clientId }) => ({
      webhooks: (await webhooks.listWebhooks(clientId)).map(shownWebhook),
    }));

    app.post('/webhooks', { config, schema: addWebhook }, async (request, reply) => {
      const added = await webhooks.addWebhook(request.clientId, request.body.url, actorOf(request));
      return reply.code(201).send(withSecret(added));
    });

    app.delete('/webhooks/:id', { config, schema: removeWebhook }, async (request, reply) => {
      await webhooks.removeWebhook(request.params.id, request.clientId, actorOf(request));
      return reply.code(204).send();
    });

    app.post('/webhooks/:id/secret', { config, schema: rotateSecret }, async (request) =>
      withSecret(await webhooks.rotateSecret(request.params.id, request.clientId, actorOf(request))),
    );

    app.get(
      '/webhooks/:id/deliveries',
      { config, schema: listWebhookDeliveries },
      async ({ params, query, clientId }) => {
        const { id: webhookId } = await webhooks.findWebhook(params.id, clientId);
        return shownDeliveries(await deliveries.listDeliveries({ webhookId }, readPage(query)));
      },
    );

    app.get('/deliveries', { config, schema: listDeliveries }, async ({ query, clientId }) => {
      const filter = { clientId, ...(query.callId !== undefined && { callId: query.callId }) };
      return shownDeliveries(await deliveries.listDeliveries(filter, readPage(query)));
    });

    app.post('/deliveries/:id/resend', { config, schema: resend }, async (request) =>
      shownDelivery(await deliveries.resend(request.params.id, request.clientId, actorOf(request))),
    );
  };
}
