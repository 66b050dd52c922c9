import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { ClientNotFound } from '../../../core/clients/client-errors.ts';
import type { ClientService } from '../../../core/clients/client-service.ts';
import { WebhookLimitReached } from '../../../core/events/webhooks/webhook-errors.ts';
import type { WebhookService } from '../../../core/events/webhooks/webhook-service.ts';
import type { GrantService } from '../../../core/grants/grant-service.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../../platform/http/same-origin.ts';
import { actorOf } from '../../entry/actor.ts';
import { CLIENTS, callsOf, clientAddress } from '../addresses.ts';
import { administratorOf } from '../administrator.ts';
import { confirmationBody, counted } from '../parts/confirmation.ts';
import { consolePage } from '../parts/console-page.ts';
import { type Gone, goneIn } from '../parts/gone-page.ts';
import { DoneQuery } from '../parts/notices.ts';
import { problemIn } from '../parts/problem-page.ts';
import { webhookSecretPage } from '../webhooks/webhook-page.ts';
import { clientBody, MOST_GRANTS, type ShownClient } from './client-page.ts';
import { secretPage } from './client-secret-page.ts';

const params = Type.Object({ id: Type.String({ maxLength: 64 }) });
const WebhookForm = Type.Object({ url: Type.Optional(Type.String({ maxLength: 10_000 })) });

const GONE: Gone = {
  error: ClientNotFound,
  title: 'There is no such application',
  perhaps: 'It was removed, or there never was one.',
  calls: ({ params: given }) => callsOf({ client: (given as Static<typeof params>).id }),
};

export interface ClientParts {
  readonly clients: ClientService;
  readonly grants: GrantService;
  readonly webhooks: WebhookService;
  readonly publicUrl: string;
}

/** One application: to see, to give a new secret or a webhook, and to remove. */
export function clientRoutes({ clients, grants, webhooks, publicUrl }: ClientParts) {
  const preValidation = sameOriginOnly(publicUrl);
  const config = { entry: 'console', errorPage: problemIn(CLIENTS) } as const;

  async function clientPage(
    request: FastifyRequest,
    given: Pick<ShownClient, 'done' | 'refused'>,
  ): Promise<Page> {
    const { id } = request.params as { id: string };
    const client = await clients.findClient(id);
    const [use, its, first] = await Promise.all([
      clients.countUse(id),
      webhooks.listWebhooks(id),
      grants.listGrantsOfClient(id, { size: MOST_GRANTS }),
    ]);
    const body = clientBody({ client, use, webhooks: its, grants: first.items, ...given });
    return consolePage({
      title: client.name,
      current: CLIENTS,
      administrator: administratorOf(request),
      body,
    });
  }

  const withoutWebhook = problemIn(CLIENTS, async (error, request) => {
    if (!(error instanceof InvalidInput || error instanceof WebhookLimitReached)) return undefined;
    const { url: typed = '' } = (request.body ?? {}) as { url?: string };
    return clientPage(request, { refused: { typed, wrong: error.message } });
  });

  const asking = (request: FastifyRequest, title: string, body: string) =>
    consolePage({ title, current: CLIENTS, administrator: administratorOf(request), wide: false, body });

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      `${CLIENTS}/:id`,
      {
        config: { entry: 'console', errorPage: goneIn(CLIENTS, GONE) },
        schema: { hide: true, params, querystring: DoneQuery },
      },
      async (request, reply) => sendPage(reply, await clientPage(request, { done: request.query.done })),
    );

    app.get(`${CLIENTS}/:id/secret`, { config, schema: { hide: true, params } }, async (request, reply) => {
      const { id, name } = await clients.findClient(request.params.id);
      const body = confirmationBody({
        action: `${clientAddress(id)}/secret`,
        consequences: [
          'The old secret stops working at once: until the application has the new one, it gets no tokens.',
          'Tokens that it has, and calls that go on, stay.',
        ],
        button: 'Make a new secret',
        back: clientAddress(id),
      });
      return sendPage(reply, asking(request, `A new secret for ${name}?`, body));
    });

    app.post(
      `${CLIENTS}/:id/secret`,
      { config, preValidation, schema: { hide: true, params } },
      async (request, reply) => {
        const rotated = await clients.rotateSecret(request.params.id, actorOf(request));
        return sendPage(reply, secretPage(request, 'The secret is a new one', rotated));
      },
    );

    app.get(`${CLIENTS}/:id/remove`, { config, schema: { hide: true, params } }, async (request, reply) => {
      const { id, name } = await clients.findClient(request.params.id);
      const { grants: count, ongoingCalls } = await clients.countUse(id);
      const body = confirmationBody({
        action: `${clientAddress(id)}/remove`,
        consequences: [
          `${counted(count, 'grant')} will be withdrawn, with all tokens under them.`,
          `${counted(ongoingCalls, 'ongoing call')} will end at once.`,
          'Its webhooks go with it. Its past calls stay in the history.',
          'It cannot be brought back: registered again, it is a new application, which everybody has to allow anew.',
        ],
        button: 'Remove the application',
        back: clientAddress(id),
      });
      return sendPage(reply, asking(request, `Remove ${name}?`, body));
    });

    app.post(
      `${CLIENTS}/:id/remove`,
      { config, preValidation, schema: { hide: true, params } },
      async (request, reply) => {
        await clients.removeClient(request.params.id, actorOf(request));
        return reply.redirect(`${CLIENTS}?done=removed`, 303);
      },
    );

    app.post(
      `${CLIENTS}/:id/webhooks`,
      {
        config: { entry: 'console', errorPage: withoutWebhook },
        preValidation,
        schema: { hide: true, params, body: WebhookForm },
      },
      async (request, reply) => {
        const url = request.body.url?.trim() ?? '';
        const added = await webhooks.addWebhook(request.params.id, url, actorOf(request));
        return sendPage(reply, webhookSecretPage(request, 'The webhook is added', added));
      },
    );
  };
}
