import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BoardService } from '../../../core/calls/board-service.ts';
import {
  LIVE_SCRIPTS,
  type LiveFragments,
  type LiveView,
} from '../../../platform/http/pages/live-fragments.ts';
import { doneNotice } from '../../../platform/http/pages/notices.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { DoneQuery } from '../parts/notices.ts';
import { problemIn } from '../parts/problem-page.ts';
import { CONSOLE } from '../return-to.ts';
import { boardBody, boardFarewell, boardFragments, LIVE } from './board-page.ts';
import type { BoardWatch } from './board-watch.ts';

const DONE = {
  ended: 'The call has ended.',
  endedBefore: 'The call had ended already, before you could end it.',
};

export interface BoardParts {
  readonly boards: BoardService;
  readonly watch: BoardWatch;
  readonly live: LiveFragments;
  /** Whether the session that sent a request opens the console still. */
  readonly userIn: (request: FastifyRequest, reply: FastifyReply) => Promise<string | undefined>;
}

/** What goes on just now. */
export function boardRoutes({ boards, watch, live, userIn }: BoardParts) {
  const viewOf = (request: FastifyRequest, reply: FastifyReply, reader: string): LiveView => ({
    reader,
    async render() {
      if (!(await userIn(request, reply))) return undefined;
      return boardFragments(await watch.look());
    },
    subscribe: (changed) => watch.subscribe(changed),
    farewell: boardFarewell,
  });

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      CONSOLE,
      {
        config: { entry: 'console', errorPage: problemIn(CONSOLE) },
        schema: { hide: true, querystring: DoneQuery },
      },
      async (request, reply) => {
        const page = consolePage({
          title: 'Calls now',
          current: CONSOLE,
          administrator: administratorOf(request),
          connects: true,
          scripts: LIVE_SCRIPTS,
          body: doneNotice(DONE, request.query.done) + boardBody(await boards.readBoard(), new Date()),
        });
        return sendPage(reply, page);
      },
    );

    // Whoever is signed out gets the stream's last words, in place of a page that no script expects.
    app.get(
      LIVE,
      { config: { entry: 'anyone' }, exposeHeadRoute: false, schema: { hide: true } },
      async (request, reply) =>
        live.send(reply, viewOf(request, reply, (await userIn(request, reply)) ?? '')),
    );
  };
}
