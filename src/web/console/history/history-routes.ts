import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { CallAdministration } from '../../../core/calls/call-administration.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { format } from '../../../platform/http/export.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { sendCallExport } from '../../representations/call-export.ts';
import { readSearch, type SearchQuery, searchParameters } from '../../representations/call-search-query.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { problemIn } from '../parts/problem-page.ts';
import { leaveOutEmpty } from '../parts/query.ts';
import { HISTORY, type History, historyBody } from './history-page.ts';

const PAGE_SIZE = 50;
const Query = Type.Object({
  ...searchParameters,
  page_token: Type.Optional(Type.String({ maxLength: 256 })),
});

/** All calls there ever were, searched; and as a file. */
export function historyRoutes(calls: CallAdministration) {
  const pageOf = (request: FastifyRequest, history: History) =>
    consolePage({
      title: 'History',
      current: HISTORY,
      administrator: administratorOf(request),
      body: historyBody(history),
    });

  const errorPage = problemIn(HISTORY, async (error, request) => {
    if (!(error instanceof InvalidInput)) return undefined;
    return pageOf(request, { search: request.query as SearchQuery, wrong: error.message });
  });

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'console', errorPage } as const;
    const preValidation = leaveOutEmpty;

    app.get(
      HISTORY,
      { config, preValidation, schema: { hide: true, querystring: Query } },
      async (request, reply) => {
        const { page_token, ...search } = request.query;
        const page = await calls.listCalls(readSearch(search), { size: PAGE_SIZE, token: page_token });
        return sendPage(reply, pageOf(request, { search, page }));
      },
    );

    app.get(
      `${HISTORY}/export`,
      {
        config,
        preValidation,
        exposeHeadRoute: false,
        schema: { hide: true, querystring: Type.Object({ ...searchParameters, format }) },
      },
      async (request, reply) => {
        const { format: chosen, ...search } = request.query;
        const pages = calls.exportCalls(readSearch(search), actorOf(request));
        return sendCallExport(request, reply, chosen, pages);
      },
    );
  };
}
