import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { BoardService } from '../../../core/calls/board-service.ts';
import type { ConsoleSession } from '../../../core/console-sessions/session-service.ts';
import {
  LIVE_SCRIPTS,
  type LiveFragments,
  type LiveView,
} from '../../../platform/http/pages/live-fragments.ts';
import { doneNotice } from '../../../platform/http/pages/notices.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { CONSOLE } from '../addresses.ts';
import { DoneQuery } from '../forms.ts';
import { consolePage, errorPageIn } from '../frame.ts';
import type { ConsoleSignIn } from '../session/console-sign-in.ts';
import { boardBody, boardFarewell, boardFragments, LIVE } from './board-page.ts';
import type { BoardWatch } from './board-watch.ts';

const DONE = {
  ended: 'The call has ended.',
  endedBefore: 'The call had already ended.',
};

interface ConsoleBoardDeps {
  readonly boards: BoardService;
  readonly watch: BoardWatch;
  readonly live: LiveFragments;
  readonly signIn: Pick<ConsoleSignIn, 'findSession' | 'isOpen'>;
}

/** The page of the ongoing calls, updated live. */
export const consoleBoardRoutes: FastifyPluginAsyncTypebox<ConsoleBoardDeps> = async (
  app,
  { boards, watch, live, signIn },
) => {
  // The session, and not the token of the request: the session may get a new token.
  const viewOf = (session: ConsoleSession | undefined): LiveView => ({
    reader: session?.userId ?? '',
    async render() {
      if (!session || !(await signIn.isOpen(session.id))) return undefined;
      return boardFragments(await watch.readBoard());
    },
    subscribe: (onChange) => watch.subscribe(onChange),
    farewell: boardFarewell,
  });

  app.get(
    CONSOLE,
    {
      config: { entry: 'console', errorPage: errorPageIn(CONSOLE) },
      schema: { hide: true, querystring: DoneQuery },
    },
    async (request, reply) => {
      const page = consolePage(request, {
        title: 'Calls now',
        current: CONSOLE,
        connects: true,
        scripts: LIVE_SCRIPTS,
        body: doneNotice(DONE, request.query.done) + boardBody(await boards.readBoard(), new Date()),
      });
      return sendPage(reply, page);
    },
  );

  // Open to all: the script of a user who has signed out needs the final event, and cannot use the sign-in page.
  app.get(
    LIVE,
    { config: { entry: 'anyone' }, exposeHeadRoute: false, schema: { hide: true } },
    async (request, reply) => live.send(reply, viewOf(await signIn.findSession(request, reply))),
  );
};
