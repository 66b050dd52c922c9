import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ChangeSignal } from '../../core/calls/change-signal.ts';
import type { UserCallService } from '../../core/calls/user-call-service.ts';
import type { OwnAccountService } from '../../core/people/own-account-service.ts';
import { LIVE_SCRIPTS, type LiveFragments, type LiveView } from '../../platform/http/pages/live-fragments.ts';
import { doneNotice } from '../../platform/http/pages/notices.ts';
import { sendPage } from '../../platform/http/pages/page.ts';
import { actorOf } from '../entry/actor.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import { ACCOUNT, accountPage, signedInUserOf } from './account-page.ts';
import { MAX_SHOWN, overviewBody, overviewFarewell, overviewFragments } from './overview-page.ts';

const config = { entry: 'user' } as const;
const Query = Type.Object({ done: Type.Optional(Type.String()) });
const params = Type.Object({ id: Type.String({ maxLength: 64 }) });

const DONE = { ended: 'The call has ended.' };

interface AccountOverviewDeps {
  readonly accounts: OwnAccountService;
  readonly calls: UserCallService;
  readonly live: LiveFragments;
  readonly session: BrowserSession;
  readonly signal: Pick<ChangeSignal, 'subscribe'>;
}

/** The page of the user's ongoing calls, updated live. */
export const accountOverviewRoutes: FastifyPluginAsyncTypebox<AccountOverviewDeps> = async (
  app,
  { accounts, calls, live, session, signal },
) => {
  const readOverview = (userId: string) =>
    Promise.all([accounts.find(userId), calls.listOngoing(userId, MAX_SHOWN)]);

  /** The live view ends when the session that opened it ends. */
  const viewOf = (request: FastifyRequest, reply: FastifyReply, userId: string): LiveView => ({
    reader: userId,
    async render() {
      if (userId === '' || (await session.findUserId(request, reply)) !== userId) return undefined;
      return overviewFragments(...(await readOverview(userId)));
    },
    subscribe: (onChange) =>
      signal.subscribe((changes) => {
        if (changes.some((change) => change.userId === userId)) onChange();
      }),
    farewell: overviewFarewell,
  });

  app.get(ACCOUNT, { config, schema: { hide: true, querystring: Query } }, async (request, reply) => {
    const [user, ongoing] = await readOverview(signedInUserOf(request).userId);
    const page = accountPage(request, {
      title: 'My calls',
      current: ACCOUNT,
      wide: true,
      connects: true,
      scripts: LIVE_SCRIPTS,
      body: doneNotice(DONE, request.query.done) + overviewBody(user, ongoing, new Date()),
    });
    return sendPage(reply, page);
  });

  // Open to all: the script of a user who has signed out needs the final event, and cannot use the sign-in page.
  app.get(
    `${ACCOUNT}/live`,
    { config: { entry: 'anyone' }, exposeHeadRoute: false, schema: { hide: true } },
    async (request, reply) => {
      const userId = (await session.findUserId(request, reply)) ?? '';
      return live.send(reply, viewOf(request, reply, userId));
    },
  );

  app.post(`${ACCOUNT}/calls/:id/end`, { config, schema: { hide: true, params } }, async (request, reply) => {
    await calls.endCall(signedInUserOf(request).userId, request.params.id, actorOf(request));
    return reply.redirect(`${ACCOUNT}?done=ended`, 303);
  });
};
