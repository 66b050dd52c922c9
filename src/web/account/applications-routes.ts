import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { doneNotice } from '../../platform/http/pages/notices.ts';
import { sendPage } from '../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../platform/http/same-origin.ts';
import { ACCOUNT, accountPage, actorOf, personOf } from './account-frame.ts';
import type { AccountParts } from './account-parts.ts';
import { applicationsBody } from './applications-page.ts';

const PATH = `${ACCOUNT}/applications` as const;
const DONE = { withdrawn: 'Withdrawn: the application holds no token any more, and its calls have ended.' };

/** Who may act for the person, and the way to end that. */
export function applicationsRoutes({ grants, calls, publicUrl }: AccountParts) {
  const config = { entry: 'person' } as const;

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      PATH,
      { config, schema: { hide: true, querystring: Type.Object({ done: Type.Optional(Type.String()) }) } },
      async (request, reply) => {
        const { userId, name } = personOf(request);
        const [granted, counted] = await Promise.all([grants.listGrants(name), calls.countCalls(userId)]);
        const body = doneNotice(DONE, request.query.done) + applicationsBody(granted, counted);
        return sendPage(reply, accountPage(request, PATH, { title: 'Applications', wide: true, body }));
      },
    );

    app.post(
      `${PATH}/:client/withdraw`,
      {
        config,
        preValidation: sameOriginOnly(publicUrl),
        schema: { hide: true, params: Type.Object({ client: Type.String({ maxLength: 256 }) }) },
      },
      async (request, reply) => {
        await grants.withdraw(personOf(request).name, request.params.client, actorOf(request));
        return reply.redirect(`${PATH}?done=withdrawn`, 303);
      },
    );
  };
}
