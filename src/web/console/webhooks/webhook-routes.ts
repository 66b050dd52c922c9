import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { ClientService } from '../../../core/clients/client-service.ts';
import type { DeliveryService } from '../../../core/events/deliveries/delivery-service.ts';
import { TestLimitReached } from '../../../core/events/webhooks/webhook-errors.ts';
import type { WebhookService } from '../../../core/events/webhooks/webhook-service.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { CLIENTS, CONSOLE, callAddress, clientAddress, webhookAddress } from '../addresses.ts';
import { confirmationBody } from '../confirmation.ts';
import { consolePage, errorPageIn } from '../frame.ts';
import { formError, readEvents, SelectedEvents } from './webhook-forms.ts';
import { type ShownWebhook, webhookBody, webhookSecretBody } from './webhook-page.ts';

const PAGE_SIZE = 50;
const config = { entry: 'console', errorPage: errorPageIn(CLIENTS) } as const;
const path = `${CONSOLE}/webhooks/:id`;
const params = Type.Object({ id: Type.String({ maxLength: 64 }) });
const Query = Type.Object({
  done: Type.Optional(Type.String({ maxLength: 64 })),
  page_token: Type.Optional(Type.String({ maxLength: 256 })),
});
const EventsForm = Type.Object({ events: SelectedEvents });
/** `from` is the page that sent the form: the call's, otherwise the webhook's. */
const ResendForm = Type.Object({ from: Type.Optional(Type.Literal('call')) });

interface ConsoleWebhookDeps {
  readonly clients: ClientService;
  readonly webhooks: WebhookService;
  readonly deliveries: DeliveryService;
}

/** The page of a webhook: its deliveries, its events, its secret, testing, disabling and removing it. */
export const consoleWebhookRoutes: FastifyPluginAsyncTypebox<ConsoleWebhookDeps> = async (
  app,
  { clients, webhooks, deliveries },
) => {
  async function webhookPage(
    request: FastifyRequest,
    shown: Pick<ShownWebhook, 'done' | 'wrong'>,
    token?: string,
  ): Promise<Page> {
    const webhook = await webhooks.findWebhook((request.params as Static<typeof params>).id, null);
    const [{ name: clientName }, page] = await Promise.all([
      clients.findClient(webhook.clientId),
      deliveries.listDeliveries({ webhookId: webhook.id }, { size: PAGE_SIZE, token }),
    ]);
    const { items: sent, nextPageToken: next } = page;
    const body = webhookBody({ webhook, clientName, deliveries: sent, next, ...shown });
    return consolePage(request, { title: 'Webhook', current: CLIENTS, body });
  }

  /** Shows the error of a form on the page of the webhook. */
  const formErrorPage = errorPageIn(CLIENTS, async (error, request) => {
    if (!(error instanceof InvalidInput || error instanceof TestLimitReached)) return undefined;
    const { events } = (request.body ?? {}) as Static<typeof EventsForm>;
    return webhookPage(request, { wrong: formError(error, events) });
  });
  const formConfig = { entry: 'console', errorPage: formErrorPage } as const;

  app.get(path, { config, schema: { hide: true, params, querystring: Query } }, async (request, reply) => {
    const { done, page_token } = request.query;
    return sendPage(reply, await webhookPage(request, { done }, page_token));
  });

  app.post(
    `${path}/events`,
    {
      config: formConfig,
      schema: { hide: true, params, body: EventsForm },
    },
    async (request, reply) => {
      const events = readEvents(request.body.events);
      const { id } = await webhooks.setEvents(request.params.id, null, events, actorOf(request));
      return reply.redirect(`${webhookAddress(id)}?done=eventsChanged`, 303);
    },
  );

  app.post(`${path}/test`, { config: formConfig, schema: { hide: true, params } }, async (request, reply) => {
    const { id } = request.params;
    await deliveries.sendTest(id, null, actorOf(request));
    return reply.redirect(`${webhookAddress(id)}?done=tested`, 303);
  });

  app.get(`${path}/disable`, { config, schema: { hide: true, params } }, async (request, reply) => {
    const { id, url } = await webhooks.findWebhook(request.params.id, null);
    const title = 'Disable this webhook?';
    const body = confirmationBody({
      action: `${webhookAddress(id)}/disable`,
      consequences: [
        `No more events are sent to ${url}, until you enable the webhook.`,
        'Its pending deliveries stop. They stay in the log, and can be resent.',
      ],
      button: 'Disable webhook',
      back: webhookAddress(id),
    });
    return sendPage(reply, consolePage(request, { title, current: CLIENTS, wide: false, body }));
  });

  for (const [name, disabled] of [
    ['disable', true],
    ['enable', false],
  ] as const) {
    app.post(`${path}/${name}`, { config, schema: { hide: true, params } }, async (request, reply) => {
      const { id } = await webhooks.setDisabled(request.params.id, null, disabled, actorOf(request));
      return reply.redirect(`${webhookAddress(id)}?done=${name}d`, 303);
    });
  }

  app.get(`${path}/secret`, { config, schema: { hide: true, params } }, async (request, reply) => {
    const { id } = await webhooks.findWebhook(request.params.id, null);
    const title = 'Rotate the secret of this webhook?';
    const body = confirmationBody({
      action: `${webhookAddress(id)}/secret`,
      consequences: ['For one day, messages are signed with both secrets; then only with the new one.'],
      button: 'Rotate secret',
      back: webhookAddress(id),
    });
    return sendPage(reply, consolePage(request, { title, current: CLIENTS, wide: false, body }));
  });

  app.post(`${path}/secret`, { config, schema: { hide: true, params } }, async (request, reply) => {
    const rotated = await webhooks.rotateSecret(request.params.id, null, actorOf(request));
    const title = 'The secret is rotated';
    const body = webhookSecretBody(rotated);
    return sendPage(reply, consolePage(request, { title, current: CLIENTS, wide: false, body }));
  });

  app.get(`${path}/remove`, { config, schema: { hide: true, params } }, async (request, reply) => {
    const { id, url } = await webhooks.findWebhook(request.params.id, null);
    const title = 'Remove this webhook?';
    const body = confirmationBody({
      action: `${webhookAddress(id)}/remove`,
      consequences: [
        `No more events are sent to ${url}.`,
        'Its deliveries are removed, including pending ones.',
      ],
      button: 'Remove webhook',
      back: webhookAddress(id),
    });
    return sendPage(reply, consolePage(request, { title, current: CLIENTS, wide: false, body }));
  });

  app.post(`${path}/remove`, { config, schema: { hide: true, params } }, async (request, reply) => {
    const { id, clientId } = await webhooks.findWebhook(request.params.id, null);
    await webhooks.removeWebhook(id, null, actorOf(request));
    return reply.redirect(`${clientAddress(clientId)}?done=webhookRemoved`, 303);
  });

  app.post(
    `${CONSOLE}/deliveries/:id/resend`,
    { config, schema: { hide: true, params, body: ResendForm } },
    async (request, reply) => {
      const { webhookId, callId } = await deliveries.resend(request.params.id, null, actorOf(request));
      const toCall = request.body.from === 'call' || webhookId === null;
      const page = toCall && callId !== null ? callAddress(callId) : webhookAddress(webhookId ?? '');
      return reply.redirect(`${page}?done=resent`, 303);
    },
  );
};
