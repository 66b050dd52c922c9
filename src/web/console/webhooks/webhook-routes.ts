import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ClientService } from '../../../core/clients/client-service.ts';
import type { DeliveryService } from '../../../core/events/deliveries/delivery-service.ts';
import type { WebhookService } from '../../../core/events/webhooks/webhook-service.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../../platform/http/same-origin.ts';
import { actorOf } from '../../entry/actor.ts';
import { CLIENTS, callAddress, clientAddress, webhookAddress } from '../addresses.ts';
import { administratorOf } from '../administrator.ts';
import { confirmationBody } from '../parts/confirmation.ts';
import { consolePage } from '../parts/console-page.ts';
import { problemIn } from '../parts/problem-page.ts';
import { CONSOLE } from '../return-to.ts';
import { webhookBody, webhookSecretPage } from './webhook-page.ts';

const PAGE_SIZE = 50;
const PATH = `${CONSOLE}/webhooks/:id`;
const params = Type.Object({ id: Type.String({ maxLength: 64 }) });
const Query = Type.Object({
  done: Type.Optional(Type.String({ maxLength: 64 })),
  page_token: Type.Optional(Type.String({ maxLength: 256 })),
});
/** Which page it was sent from; without it, the webhook's. */
const ResendForm = Type.Object({ from: Type.Optional(Type.Literal('call')) });

export interface WebhookParts {
  readonly clients: ClientService;
  readonly webhooks: WebhookService;
  readonly deliveries: DeliveryService;
  readonly publicUrl: string;
}

/** One webhook, with what became of each event that went to it. */
export function webhookRoutes({ clients, webhooks, deliveries, publicUrl }: WebhookParts) {
  const preValidation = sameOriginOnly(publicUrl);
  const config = { entry: 'console', errorPage: problemIn(CLIENTS) } as const;
  const asking = (request: FastifyRequest, title: string, body: string) =>
    consolePage({ title, current: CLIENTS, administrator: administratorOf(request), wide: false, body });

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(PATH, { config, schema: { hide: true, params, querystring: Query } }, async (request, reply) => {
      const webhook = await webhooks.findWebhook(request.params.id, null);
      const { done, page_token } = request.query;
      const [{ name: clientName }, page] = await Promise.all([
        clients.findClient(webhook.clientId),
        deliveries.listDeliveries({ webhookId: webhook.id }, { size: PAGE_SIZE, token: page_token }),
      ]);
      const shown = { webhook, clientName, deliveries: page.items, next: page.nextPageToken, done };
      const administrator = administratorOf(request);
      return sendPage(
        reply,
        consolePage({ title: 'Webhook', current: CLIENTS, administrator, body: webhookBody(shown) }),
      );
    });

    app.get(`${PATH}/secret`, { config, schema: { hide: true, params } }, async (request, reply) => {
      const { id } = await webhooks.findWebhook(request.params.id, null);
      const body = confirmationBody({
        action: `${webhookAddress(id)}/secret`,
        consequences: [
          'For a day its messages are signed with the old secret, too; then with the new one alone.',
        ],
        button: 'Make a new secret',
        back: webhookAddress(id),
      });
      return sendPage(reply, asking(request, 'A new secret for this webhook?', body));
    });

    app.post(
      `${PATH}/secret`,
      { config, preValidation, schema: { hide: true, params } },
      async (request, reply) => {
        const rotated = await webhooks.rotateSecret(request.params.id, null, actorOf(request));
        return sendPage(reply, webhookSecretPage(request, 'The secret is a new one', rotated));
      },
    );

    app.get(`${PATH}/remove`, { config, schema: { hide: true, params } }, async (request, reply) => {
      const { id, url } = await webhooks.findWebhook(request.params.id, null);
      const body = confirmationBody({
        action: `${webhookAddress(id)}/remove`,
        consequences: [`Nothing more goes to ${url}.`, 'Its deliveries go with it, also those under way.'],
        button: 'Remove the webhook',
        back: webhookAddress(id),
      });
      return sendPage(reply, asking(request, 'Remove this webhook?', body));
    });

    app.post(
      `${PATH}/remove`,
      { config, preValidation, schema: { hide: true, params } },
      async (request, reply) => {
        const { id, clientId } = await webhooks.findWebhook(request.params.id, null);
        await webhooks.removeWebhook(id, null, actorOf(request));
        return reply.redirect(`${clientAddress(clientId)}?done=webhookRemoved`, 303);
      },
    );

    app.post(
      `${CONSOLE}/deliveries/:id/resend`,
      { config, preValidation, schema: { hide: true, params, body: ResendForm } },
      async (request, reply) => {
        const { webhookId, callId } = await deliveries.resend(request.params.id, null, actorOf(request));
        const toCall = request.body.from === 'call' || webhookId === null;
        return reply.redirect(`${toCall ? callAddress(callId) : webhookAddress(webhookId)}?done=resent`, 303);
      },
    );
  };
}
