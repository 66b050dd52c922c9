import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { type Static, Type } from 'typebox';
import { ClientMetadataInvalid } from '../../../core/clients/client-errors.ts';
import { type ClientService, logoutRegistrationOf } from '../../../core/clients/client-service.ts';
import { MAX_CLIENT_ID_LENGTH } from '../../../core/clients/document-client.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { problemNotice } from '../../../platform/http/pages/notices.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { typedFields } from '../../form-errors.ts';
import { CLIENTS, clientAddress } from '../addresses.ts';
import { consolePage, errorPageIn } from '../frame.ts';
import { LogoutFields, logoutFields, readLogout, type TypedLogout, typedLogout } from './logout-form.ts';

const params = Type.Object({ id: Type.String({ maxLength: MAX_CLIENT_ID_LENGTH }) });
const Form = Type.Object(LogoutFields);
const path = `${CLIENTS}/:id/logout`;

interface ConsoleClientLogoutDeps {
  readonly clients: ClientService;
}

/** What an application registers for the sign-out of its users. */
export const consoleClientLogoutRoutes: FastifyPluginAsyncTypebox<ConsoleClientLogoutDeps> = async (
  app,
  { clients },
) => {
  async function pageOf(request: FastifyRequest, refused?: TypedLogout, wrong?: string): Promise<Page> {
    const { id, name, metadata } = await clients.findClient((request.params as Static<typeof params>).id);
    const fields = refused ?? typedLogout(logoutRegistrationOf(metadata));
    const body = html`
      <p>What happens when a user of this application signs out here.</p>
      !${problemNotice(wrong)}
      <form method="post" action="${clientAddress(id)}/logout" class="card">
        !${logoutFields(fields)}
        <div class="buttons">
          <button type="submit">Save sign-out</button>
          <a class="button quiet" href="${clientAddress(id)}">Back to the application</a>
        </div>
      </form>`;
    return consolePage(request, { title: `Sign-out of ${name}`, current: CLIENTS, wide: false, body });
  }

  const errorPage = errorPageIn(CLIENTS, async (error, request) =>
    error instanceof InvalidInput || error instanceof ClientMetadataInvalid
      ? pageOf(request, typedFields(request.body), error.message)
      : undefined,
  );
  const config = { entry: 'console', errorPage } as const;

  app.get(path, { config, schema: { hide: true, params } }, async (request, reply) =>
    sendPage(reply, await pageOf(request)),
  );

  app.post(path, { config, schema: { hide: true, params, body: Form } }, async (request, reply) => {
    const { id } = request.params;
    await clients.setLogout(id, readLogout(request.body), actorOf(request));
    return reply.redirect(`${clientAddress(id)}?done=logout`, 303);
  });
};
