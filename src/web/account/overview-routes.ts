import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { LIVE_SCRIPTS, type LiveView } from '../../platform/http/pages/live-fragments.ts';
import { doneNotice } from '../../platform/http/pages/notices.ts';
import { sendPage } from '../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../platform/http/same-origin.ts';
import { ACCOUNT, accountPage, actorOf, personOf } from './account-frame.ts';
import type { AccountParts } from './account-parts.ts';
import { MOST_SHOWN, overviewBody, overviewFarewell, overviewFragments } from './overview-page.ts';

const DONE = { ended: 'The call has ended.' };

/** What goes on just now. */
export function overviewRoutes({ accounts, calls, session, signal, live, publicUrl }: AccountParts) {
  const look = (userId: string) =>
    Promise.all([accounts.find(userId), calls.listOngoing(userId, MOST_SHOWN)]);

  /** Ends with the sign-in that it began with. */
  const viewOf = (request: FastifyRequest, reply: FastifyReply, userId: string): LiveView => ({
    reader: userId,
    async render() {
      if (userId === '' || (await session.userId(request, reply)) !== userId) return undefined;
      return overviewFragments(...(await look(userId)));
    },
    subscribe: (changed) =>
      signal.subscribe((changes) => {
        if (changes.some((change) => change.userId === userId)) changed();
      }),
    farewell: overviewFarewell,
  });

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      ACCOUNT,
      {
        config: { entry: 'person' },
        schema: { hide: true, querystring: Type.Object({ done: Type.Optional(Type.String()) }) },
      },
      async (request, reply) => {
        const [user, ongoing] = await look(personOf(request).userId);
        const page = accountPage(request, ACCOUNT, {
          title: 'My calls',
          wide: true,
          connects: true,
          scripts: LIVE_SCRIPTS,
          body: doneNotice(DONE, request.query.done) + overviewBody(user, ongoing, new Date()),
        });
        return sendPage(reply, page);
      },
    );

    // Whoever is signed out gets the stream's last words, in place of a page that no script expects.
    app.get(
      `${ACCOUNT}/live`,
      { config: { entry: 'anyone' }, exposeHeadRoute: false, schema: { hide: true } },
      async (request, reply) => {
        const userId = (await session.userId(request, reply)) ?? '';
        return live.send(reply, viewOf(request, reply, userId));
      },
    );

    app.post(
      `${ACCOUNT}/calls/:id/end`,
      {
        config: { entry: 'person' },
        preValidation: sameOriginOnly(publicUrl),
        schema: { hide: true, params: Type.Object({ id: Type.String({ maxLength: 64 }) }) },
      },
      async (request, reply) => {
        await calls.endCall(personOf(request).userId, request.params.id, actorOf(request));
        return reply.redirect(`${ACCOUNT}?done=ended`, 303);
      },
    );
  };
}
