import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import {
  PERSON_OUTCOMES,
  type PersonCall,
  type PersonCallFilter,
  type PersonCallService,
} from '../../core/calls/person-call-service.ts';
import type { GrantService } from '../../core/grants/grant-service.ts';
import type { ListPage } from '../../platform/database/paging.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { ErrorPage } from '../../platform/http/errors/error-config.ts';
import { type Page, sendPage } from '../../platform/http/pages/page.ts';
import { readTime } from '../../platform/http/query.ts';
import { accountPage, HISTORY, signedInUserOf } from './account-page.ts';
import { type HistoryQuery, ownHistoryBody } from './history-page.ts';

const PAGE_SIZE = 50;
const DAY_MS = 24 * 3600 * 1000;

const text = Type.Optional(Type.String({ maxLength: 256 }));
const Query = Type.Object({ application: text, outcome: text, from: text, to: text, page_token: text });

interface HistoryDeps {
  readonly calls: PersonCallService;
  readonly grants: GrantService;
}

/** All calls of the person. */
export const accountHistoryRoutes: FastifyPluginAsyncTypebox<HistoryDeps> = async (
  app,
  { calls, grants },
) => {
  async function pageOf(request: FastifyRequest, page: ListPage<PersonCall>, wrong?: string): Promise<Page> {
    const granted = await grants.listGrants(signedInUserOf(request).name);
    const body = ownHistoryBody({
      query: request.query as HistoryQuery,
      applications: granted.map(({ clientId, clientName }) => [clientId, clientName] as const),
      page,
      now: new Date(),
      wrong,
    });
    return accountPage(request, { title: 'History', current: HISTORY, wide: true, body });
  }

  const errorPage: ErrorPage = async (error, request) =>
    error instanceof InvalidInput && request.signedInUser
      ? pageOf(request, { items: [], nextPageToken: undefined }, error.message)
      : undefined;

  app.get(
    HISTORY,
    { config: { entry: 'user', errorPage }, schema: { hide: true, querystring: Query } },
    async (request, reply) => {
      const { page_token, ...query } = request.query;
      const { userId } = signedInUserOf(request);
      const page = { size: PAGE_SIZE, token: page_token };
      const found = await calls.listCalls(userId, filterOf(query), page);
      return sendPage(reply, await pageOf(request, found));
    },
  );
};

/** Ignores empty fields. @throws InvalidInput */
function filterOf({ application, outcome, from, to }: HistoryQuery): PersonCallFilter {
  const chosen = PERSON_OUTCOMES.find((each) => each === outcome);
  if (outcome && !chosen)
    throw new InvalidInput('outcome', `outcome must be one of: ${PERSON_OUTCOMES.join(', ')}.`);
  return {
    clientId: application || undefined,
    outcome: chosen,
    from: from ? readTime('from', from) : undefined,
    to: to ? new Date(readTime('to', to).getTime() + DAY_MS) : undefined,
  };
}
