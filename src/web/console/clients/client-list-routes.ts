import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ClientMetadataInvalid } from '../../../core/clients/client-errors.ts';
import type { ClientService } from '../../../core/clients/client-service.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { typedFields } from '../../form-errors.ts';
import { CLIENTS, clientAddress, NEW_CLIENT } from '../addresses.ts';
import { linesOf, typedText } from '../forms.ts';
import { consolePage, errorPageIn } from '../frame.ts';
import { clientListBody } from './client-list-page.ts';
import { clientSecretBody } from './client-page.ts';
import { LogoutFields, readLogout } from './logout-form.ts';
import { newClientForm, readKind, type TypedClient } from './new-client-form.ts';

const PAGE_SIZE = 50;
const Query = Type.Object({
  page_token: Type.Optional(Type.String({ maxLength: 512 })),
  done: Type.Optional(Type.String({ maxLength: 64 })),
});
const NewClient = Type.Object({
  name: typedText(400),
  redirect_uris: typedText(50_000),
  kind: typedText(20),
  origins: typedText(50_000),
  ...LogoutFields,
});

interface ConsoleClientListDeps {
  readonly clients: ClientService;
}

/** The list of applications, and registering a new one. */
export const consoleClientListRoutes: FastifyPluginAsyncTypebox<ConsoleClientListDeps> = async (
  app,
  { clients },
) => {
  const newClientPage = (request: FastifyRequest, typed: TypedClient, wrong?: string): Page =>
    consolePage(request, {
      title: 'Register an application',
      current: CLIENTS,
      wide: false,
      body: newClientForm(typed, wrong),
    });

  const errorPage = errorPageIn(CLIENTS, async (error, request) =>
    error instanceof InvalidInput || error instanceof ClientMetadataInvalid
      ? newClientPage(request, typedFields(request.body), error.message)
      : undefined,
  );
  const config = { entry: 'console', errorPage } as const;

  app.get(
    CLIENTS,
    {
      config: { entry: 'console', errorPage: errorPageIn(CLIENTS) },
      schema: { hide: true, querystring: Query },
    },
    async (request, reply) => {
      const { page_token: token, done } = request.query;
      const body = clientListBody(await clients.listClients({ size: PAGE_SIZE, token }), done);
      return sendPage(reply, consolePage(request, { title: 'Applications', current: CLIENTS, body }));
    },
  );

  app.get(NEW_CLIENT, { config, schema: { hide: true } }, async (request, reply) =>
    sendPage(reply, newClientPage(request, {})),
  );

  app.post(NEW_CLIENT, { config, schema: { hide: true, body: NewClient } }, async (request, reply) => {
    const { name = '', redirect_uris, kind, origins } = request.body;
    const registration = {
      name: name.trim(),
      redirectUris: linesOf(redirect_uris),
      origins: linesOf(origins),
      ...readKind(kind),
      ...readLogout(request.body),
    };
    const registered = await clients.registerClient(registration, actorOf(request));
    if (registered.secret === undefined)
      return reply.redirect(`${clientAddress(registered.client.id)}?done=registered`, 303);
    const title = `${registered.client.name} is registered`;
    const body = clientSecretBody(registered);
    return sendPage(reply, consolePage(request, { title, current: CLIENTS, wide: false, body }));
  });
};
