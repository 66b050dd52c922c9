import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../../platform/http/same-origin.ts';
import { actorOf } from '../../entry/actor.ts';
import { USERS, userAddress } from '../addresses.ts';
import { administratorOf } from '../administrator.ts';
import { confirmationBody, counted } from '../parts/confirmation.ts';
import { consolePage } from '../parts/console-page.ts';
import { problemIn } from '../parts/problem-page.ts';
import type { UserParts } from './user-view.ts';

const params = Type.Object({ name: Type.String({ maxLength: 64 }) });
const ofClient = Type.Object({
  name: Type.String({ maxLength: 64 }),
  client: Type.String({ maxLength: 64 }),
});

/** Whether a user may do anything, and applications on the user's behalf. */
export function accessRoutes({ users, grants, publicUrl }: UserParts) {
  const preValidation = sameOriginOnly(publicUrl);
  const config = { entry: 'console', errorPage: problemIn(USERS) } as const;

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(`${USERS}/:name/disable`, { config, schema: { hide: true, params } }, async (request, reply) => {
      const { name, ongoingCalls } = await users.findUser(request.params.name);
      const page = consolePage({
        ...{ title: `Disable ${name}?`, current: USERS, administrator: administratorOf(request) },
        wide: false,
        body: confirmationBody({
          action: `${userAddress(name)}/disable`,
          consequences: [
            ongoingCalls === 0
              ? 'No call of theirs goes on.'
              : `${counted(ongoingCalls, 'ongoing call')} of theirs will end at once.`,
            'They are signed out everywhere, and can neither sign in nor call.',
            'Applications lose their tokens for this user. What the user allowed them is remembered.',
          ],
          button: 'Disable the user',
          back: userAddress(name),
        }),
      });
      return sendPage(reply, page);
    });

    for (const [act, disabled] of [
      ['disable', true],
      ['enable', false],
    ] as const)
      app.post(
        `${USERS}/:name/${act}`,
        { config, preValidation, schema: { hide: true, params } },
        async (request, reply) => {
          const { name } = await users.setDisabled(request.params.name, disabled, actorOf(request));
          return reply.redirect(`${userAddress(name)}?done=${act}d`, 303);
        },
      );

    const withdraw = `${USERS}/:name/grants/:client/withdraw`;

    app.get(withdraw, { config, schema: { hide: true, params: ofClient } }, async (request, reply) => {
      const { name } = await users.findUser(request.params.name);
      const { clientId, clientName } = await grants.findGrant(name, request.params.client);
      const page = consolePage({
        ...{ title: `Withdraw what ${clientName} may do?`, current: USERS },
        ...{ administrator: administratorOf(request), wide: false },
        body: confirmationBody({
          action: `${userAddress(name)}/grants/${encodeURIComponent(clientId)}/withdraw`,
          consequences: [
            `${clientName} may do nothing on behalf of ${name} any more, until ${name} allows it again.`,
            'Calls that it opened for them and that go on will end at once.',
          ],
          button: 'Withdraw',
          back: userAddress(name),
        }),
      });
      return sendPage(reply, page);
    });

    app.post(
      withdraw,
      { config, preValidation, schema: { hide: true, params: ofClient } },
      async (request, reply) => {
        const { name, client } = request.params;
        await grants.withdraw(name, client, actorOf(request));
        return reply.redirect(`${userAddress(name)}?done=withdrawn`, 303);
      },
    );
  };
}
