import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { ClientNotFound } from '../../../core/clients/client-errors.ts';
import { ASSERTION_AUDIENCES, type ClientService } from '../../../core/clients/client-service.ts';
import { MAX_CLIENT_ID_LENGTH } from '../../../core/clients/document-client.ts';
import { WebhookLimitReached } from '../../../core/events/webhooks/webhook-errors.ts';
import type { WebhookService } from '../../../core/events/webhooks/webhook-service.ts';
import type { GrantService } from '../../../core/grants/grant-service.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { oneOf } from '../../../platform/http/openapi/values.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { uploads } from '../../../platform/http/uploads.ts';
import { clientLogo } from '../../brand/brand-pages.ts';
import { actorOf } from '../../entry/actor.ts';
import { typedFields } from '../../form-errors.ts';
import { CLIENTS, callsOf, clientAddress } from '../addresses.ts';
import { confirmationBody, counted } from '../confirmation.ts';
import { DoneQuery, typedText } from '../forms.ts';
import { consolePage, errorPageIn, type MissingPage, missingPageIn } from '../frame.ts';
import { IMAGE_FORM, uploadedImage, uploadProblem } from '../image-form.ts';
import { formError, readEvents, SelectedEvents } from '../webhooks/webhook-forms.ts';
import { webhookSecretBody } from '../webhooks/webhook-page.ts';
import { clientBody, clientSecretBody, MAX_GRANTS, type ShownClient } from './client-page.ts';

const config = { entry: 'console', errorPage: errorPageIn(CLIENTS) } as const;
const params = Type.Object({ id: Type.String({ maxLength: MAX_CLIENT_ID_LENGTH }) });
const NewWebhook = Type.Object({ url: typedText(10_000), events: SelectedEvents });
const AudienceForm = Type.Object({ audience: oneOf(ASSERTION_AUDIENCES, 'The accepted audience.') });
const PkceForm = Type.Object({ pkce: oneOf(['required', 'optional'], 'Whether PKCE is required.') });
const path = `${CLIENTS}/:id`;

const MISSING: MissingPage = {
  error: ClientNotFound,
  title: 'Application not found',
  why: 'The application was removed, or never existed.',
  calls: ({ params: given }) => callsOf({ client: (given as Static<typeof params>).id }),
};

interface ConsoleClientDeps {
  readonly clients: ClientService;
  readonly grants: GrantService;
  readonly webhooks: WebhookService;
}

/** The page of an application: its secret, its webhooks, and removing it. */
export const consoleClientRoutes: FastifyPluginAsyncTypebox<ConsoleClientDeps> = async (
  app,
  { clients, grants, webhooks },
) => {
  async function clientPage(
    request: FastifyRequest,
    shown: Pick<ShownClient, 'done' | 'refused' | 'wrong'>,
  ): Promise<Page> {
    const { id } = request.params as Static<typeof params>;
    const client = await clients.findClient(id);
    const [use, logo, ownWebhooks, firstGrants] = await Promise.all([
      clients.countUse(id),
      clients.findLogo(id),
      webhooks.listWebhooks(id),
      grants.listGrantsOfClient(id, { size: MAX_GRANTS }),
    ]);
    const body = clientBody({
      client,
      use,
      logo: clientLogo(id, logo),
      webhooks: ownWebhooks,
      grants: firstGrants.items,
      ...shown,
    });
    return consolePage(request, { title: client.name, current: CLIENTS, body });
  }

  const webhookErrorPage = errorPageIn(CLIENTS, async (error, request) => {
    if (!(error instanceof InvalidInput || error instanceof WebhookLimitReached)) return undefined;
    const { url: typed = '' } = typedFields(request.body);
    const { events } = (request.body ?? {}) as Static<typeof NewWebhook>;
    return clientPage(request, {
      refused: { typed, events: readEvents(events), wrong: formError(error, events) },
    });
  });

  const logoErrorPage = errorPageIn(CLIENTS, async (error, request) => {
    const wrong = uploadProblem(error);
    return wrong === undefined ? undefined : clientPage(request, { wrong });
  });
  const logoConfig = { entry: 'console', errorPage: logoErrorPage } as const;

  const logoUploads: FastifyPluginAsyncTypebox = async (forLogos) => {
    await forLogos.register(uploads);
    forLogos.post(
      `${path}/logo`,
      { config: logoConfig, schema: { ...IMAGE_FORM, params } },
      async (request, reply) => {
        const { id } = request.params;
        await clients.setLogo(id, uploadedImage(request.body), actorOf(request));
        return reply.redirect(`${clientAddress(id)}?done=logo`, 303);
      },
    );
  };
  await app.register(logoUploads);

  app.post(
    `${path}/logo/remove`,
    { config: logoConfig, schema: { hide: true, params } },
    async (request, reply) => {
      const { id } = request.params;
      await clients.setLogo(id, null, actorOf(request));
      return reply.redirect(`${clientAddress(id)}?done=logo`, 303);
    },
  );

  app.get(
    path,
    {
      config: { entry: 'console', errorPage: missingPageIn(CLIENTS, MISSING) },
      schema: { hide: true, params, querystring: DoneQuery },
    },
    async (request, reply) => sendPage(reply, await clientPage(request, { done: request.query.done })),
  );

  app.get(`${path}/secret`, { config, schema: { hide: true, params } }, async (request, reply) => {
    const { id, name } = await clients.findClient(request.params.id);
    const title = `Rotate the secret of ${name}?`;
    const body = confirmationBody({
      action: `${clientAddress(id)}/secret`,
      consequences: [
        'The old secret stops working immediately: the application gets no tokens until it has the new one.',
        'Its tokens and ongoing calls stay.',
      ],
      button: 'Rotate secret',
      back: clientAddress(id),
    });
    return sendPage(reply, consolePage(request, { title, current: CLIENTS, wide: false, body }));
  });

  app.post(`${path}/secret`, { config, schema: { hide: true, params } }, async (request, reply) => {
    const rotated = await clients.rotateSecret(request.params.id, actorOf(request));
    const title = 'The secret is rotated';
    const body = clientSecretBody(rotated);
    return sendPage(reply, consolePage(request, { title, current: CLIENTS, wide: false, body }));
  });

  app.post(
    `${path}/assertion-audience`,
    { config, schema: { hide: true, params, body: AudienceForm } },
    async (request, reply) => {
      const { id } = request.params;
      await clients.setAssertionAudience(id, request.body.audience, actorOf(request));
      return reply.redirect(`${clientAddress(id)}?done=audience`, 303);
    },
  );

  app.post(
    `${path}/pkce`,
    { config, schema: { hide: true, params, body: PkceForm } },
    async (request, reply) => {
      const { id } = request.params;
      await clients.setPkceRequired(id, request.body.pkce === 'required', actorOf(request));
      return reply.redirect(`${clientAddress(id)}?done=pkce`, 303);
    },
  );

  app.get(`${path}/remove`, { config, schema: { hide: true, params } }, async (request, reply) => {
    const { id, name, registeredBy } = await clients.findClient(request.params.id);
    const { grants: count, ongoingCalls } = await clients.countUse(id);
    const title = `Remove ${name}?`;
    const body = confirmationBody({
      action: `${clientAddress(id)}/remove`,
      consequences: [
        `${counted(count, 'grant')} will be revoked, with all tokens under them.`,
        `${counted(ongoingCalls, 'ongoing call')} will end immediately.`,
        'Its webhooks are removed. Its past calls stay in the history.',
        registeredBy === 'document'
          ? 'This cannot be undone. Users may allow it again, unless you remove its host from CLIENT_DOCUMENT_HOSTS.'
          : 'This cannot be undone: if you register it again, it is a new application that every user has to allow.',
      ],
      button: 'Remove application',
      back: clientAddress(id),
    });
    return sendPage(reply, consolePage(request, { title, current: CLIENTS, wide: false, body }));
  });

  app.post(`${path}/remove`, { config, schema: { hide: true, params } }, async (request, reply) => {
    await clients.removeClient(request.params.id, actorOf(request));
    return reply.redirect(`${CLIENTS}?done=removed`, 303);
  });

  app.post(
    `${path}/webhooks`,
    {
      config: { entry: 'console', errorPage: webhookErrorPage },
      schema: { hide: true, params, body: NewWebhook },
    },
    async (request, reply) => {
      const url = request.body.url?.trim() ?? '';
      const events = readEvents(request.body.events);
      const added = await webhooks.addWebhook(request.params.id, { url, events }, actorOf(request));
      const title = 'The webhook is added';
      const body = webhookSecretBody(added);
      return sendPage(reply, consolePage(request, { title, current: CLIENTS, wide: false, body }));
    },
  );
};
