import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { MAX_CLIENT_ID_LENGTH } from '../../../core/clients/document-client.ts';
import type { GrantService } from '../../../core/grants/grant-service.ts';
import type { UserService } from '../../../core/people/user-service.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { USERS, userAddress } from '../addresses.ts';
import { confirmationBody, counted } from '../confirmation.ts';
import { consolePage, errorPageIn } from '../frame.ts';

const config = { entry: 'console', errorPage: errorPageIn(USERS) } as const;
const name = Type.String({ maxLength: 64 });
const params = Type.Object({ name });
const GrantParams = Type.Object({ name, client: Type.String({ maxLength: MAX_CLIENT_ID_LENGTH }) });
const path = `${USERS}/:name`;

interface ConsoleUserAccessDeps {
  readonly users: UserService;
  readonly grants: GrantService;
}

/** Disabling and enabling a user, and removing an application's access to the user. */
export const consoleUserAccessRoutes: FastifyPluginAsyncTypebox<ConsoleUserAccessDeps> = async (
  app,
  { users, grants },
) => {
  app.get(`${path}/disable`, { config, schema: { hide: true, params } }, async (request, reply) => {
    const { name, ongoingCalls } = await users.findUser(request.params.name);
    const title = `Disable ${name}?`;
    const body = confirmationBody({
      action: `${userAddress(name)}/disable`,
      consequences: [
        ongoingCalls === 0
          ? 'The user has no ongoing calls.'
          : `${counted(ongoingCalls, 'ongoing call')} will end immediately.`,
        'The user is signed out everywhere, and can neither sign in nor make calls.',
        'Applications lose their tokens for this user. The user’s grants are kept.',
      ],
      button: 'Disable user',
      back: userAddress(name),
    });
    return sendPage(reply, consolePage(request, { title, current: USERS, wide: false, body }));
  });

  app.post(`${path}/disable`, { config, schema: { hide: true, params } }, async (request, reply) => {
    const { name } = await users.setDisabled(request.params.name, true, actorOf(request));
    return reply.redirect(`${userAddress(name)}?done=disabled`, 303);
  });

  app.post(`${path}/enable`, { config, schema: { hide: true, params } }, async (request, reply) => {
    const { name } = await users.setDisabled(request.params.name, false, actorOf(request));
    return reply.redirect(`${userAddress(name)}?done=enabled`, 303);
  });

  app.get(
    `${path}/grants/:client/withdraw`,
    { config, schema: { hide: true, params: GrantParams } },
    async (request, reply) => {
      const { name } = await users.findUser(request.params.name);
      const { clientId, clientName } = await grants.findGrant(name, request.params.client);
      const title = `Remove access of ${clientName}?`;
      const body = confirmationBody({
        action: `${userAddress(name)}/grants/${encodeURIComponent(clientId)}/withdraw`,
        consequences: [
          `${clientName} can no longer act for ${name}, unless ${name} allows it again.`,
          'Ongoing calls that it opened for this user will end immediately.',
        ],
        button: 'Remove access',
        back: userAddress(name),
      });
      return sendPage(reply, consolePage(request, { title, current: USERS, wide: false, body }));
    },
  );

  app.post(
    `${path}/grants/:client/withdraw`,
    { config, schema: { hide: true, params: GrantParams } },
    async (request, reply) => {
      const { name, client } = request.params;
      await grants.withdraw(name, client, actorOf(request));
      return reply.redirect(`${userAddress(name)}?done=withdrawn`, 303);
    },
  );
};
