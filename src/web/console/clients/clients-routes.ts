import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { ClientMetadataInvalid } from '../../../core/clients/client-errors.ts';
import type { ClientService } from '../../../core/clients/client-service.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../../platform/http/same-origin.ts';
import { actorOf } from '../../entry/actor.ts';
import { CLIENTS, clientAddress, NEW_CLIENT } from '../addresses.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { DoneQuery } from '../parts/notices.ts';
import { problemIn } from '../parts/problem-page.ts';
import { linesOf } from '../parts/typed-lines.ts';
import { secretPage } from './client-secret-page.ts';
import { clientsBody } from './clients-page.ts';
import { newClientBody, type TypedClient } from './new-client-page.ts';

const text = (maxLength: number) => Type.Optional(Type.String({ maxLength }));
const Form = Type.Object({
  name: text(400),
  redirect_uris: text(50_000),
  kind: text(20),
  origins: text(50_000),
});

/** All applications, and new ones. */
export function clientsRoutes({ clients, publicUrl }: { clients: ClientService; publicUrl: string }) {
  const shown = (request: FastifyRequest, typed: TypedClient, wrong?: string) =>
    consolePage({
      ...{ title: 'Register an application', current: CLIENTS, administrator: administratorOf(request) },
      wide: false,
      body: newClientBody(typed, wrong),
    });

  const errorPage = problemIn(CLIENTS, async (error, request) =>
    error instanceof InvalidInput || error instanceof ClientMetadataInvalid
      ? shown(request, (request.body ?? {}) as Static<typeof Form>, error.message)
      : undefined,
  );

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'console', errorPage } as const;

    app.get(
      CLIENTS,
      { config: { entry: 'console' }, schema: { hide: true, querystring: DoneQuery } },
      async (request, reply) => {
        const body = clientsBody(await clients.listClients(), request.query.done);
        const administrator = administratorOf(request);
        return sendPage(reply, consolePage({ title: 'Applications', current: CLIENTS, administrator, body }));
      },
    );

    app.get(NEW_CLIENT, { config, schema: { hide: true } }, async (request, reply) =>
      sendPage(reply, shown(request, {})),
    );

    app.post(
      NEW_CLIENT,
      { config, preValidation: sameOriginOnly(publicUrl), schema: { hide: true, body: Form } },
      async (request, reply) => {
        const { name = '', redirect_uris, kind, origins } = request.body;
        const registration = {
          ...{ name: name.trim(), redirectUris: linesOf(redirect_uris), origins: linesOf(origins) },
          ...readKind(kind),
        };
        const registered = await clients.registerClient(registration, actorOf(request));
        if (registered.secret === undefined)
          return reply.redirect(`${clientAddress(registered.client.id)}?done=registered`, 303);
        return sendPage(reply, secretPage(request, `${registered.client.name} is registered`, registered));
      },
    );
  };
}

/** @throws InvalidInput */
function readKind(kind: string | undefined): { readonly public?: true; readonly classic?: true } {
  if (kind === 'public') return { public: true };
  if (kind === 'classic') return { classic: true };
  if (kind === 'confidential') return {};
  throw new InvalidInput('kind', 'Choose the kind: confidential, public or classic.');
}
