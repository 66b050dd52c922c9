import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { CallAdministration } from '../../../core/calls/call-administration.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { format } from '../../../platform/http/export.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { typedFields } from '../../form-errors.ts';
import { sendCallExport } from '../../representations/call-export.ts';
import { readCallSearch, searchParameters } from '../../representations/call-search-query.ts';
import { HISTORY } from '../addresses.ts';
import { dropEmptyFields } from '../forms.ts';
import { consolePage, errorPageIn } from '../frame.ts';
import { callHistoryBody, type History } from './history-page.ts';

const PAGE_SIZE = 50;
const Query = Type.Object({
  ...searchParameters,
  page_token: Type.Optional(Type.String({ maxLength: 256 })),
});
const ExportQuery = Type.Object({ ...searchParameters, format });

interface ConsoleHistoryDeps {
  readonly calls: CallAdministration;
}

/** Searching all calls, and exporting the results. */
export const consoleHistoryRoutes: FastifyPluginAsyncTypebox<ConsoleHistoryDeps> = async (app, { calls }) => {
  const pageOf = (request: FastifyRequest, history: History): Page =>
    consolePage(request, { title: 'History', current: HISTORY, body: callHistoryBody(history) });

  const errorPage = errorPageIn(HISTORY, async (error, request) =>
    error instanceof InvalidInput
      ? pageOf(request, { search: typedFields(request.query), wrong: error.message })
      : undefined,
  );
  const config = { entry: 'console', errorPage } as const;
  const preValidation = dropEmptyFields;

  app.get(
    HISTORY,
    { config, preValidation, schema: { hide: true, querystring: Query } },
    async (request, reply) => {
      const { page_token, ...search } = request.query;
      const page = await calls.listCalls(readCallSearch(search), { size: PAGE_SIZE, token: page_token });
      return sendPage(reply, pageOf(request, { search, page }));
    },
  );

  app.get(
    `${HISTORY}/export`,
    {
      config,
      preValidation,
      exposeHeadRoute: false,
      schema: { hide: true, querystring: ExportQuery },
    },
    async (request, reply) => {
      const { format: exportFormat, ...search } = request.query;
      const pages = calls.exportCalls(readCallSearch(search), actorOf(request));
      return sendCallExport(request, reply, exportFormat, pages);
    },
  );
};
