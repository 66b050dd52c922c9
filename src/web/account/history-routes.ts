import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import {
  USER_CALL_OUTCOMES,
  type UserCall,
  type UserCallFilter,
  type UserCallService,
} from '../../core/calls/user-call-service.ts';
import type { GrantService } from '../../core/grants/grant-service.ts';
import type { ListPage } from '../../platform/database/paging.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { ErrorPage } from '../../platform/http/errors/error-config.ts';
import { type Page, sendPage } from '../../platform/http/pages/page.ts';
import { readTime } from '../../platform/time-formats.ts';
import { ACCOUNT_HISTORY, accountPage, signedInUserOf } from './account-page.ts';
import { type HistoryQuery, ownHistoryBody } from './history-page.ts';

const PAGE_SIZE = 50;
const DAY_MS = 24 * 3600 * 1000;

const text = Type.Optional(Type.String({ maxLength: 256 }));
const Query = Type.Object({ application: text, outcome: text, from: text, to: text, page_token: text });

interface AccountHistoryDeps {
  readonly calls: UserCallService;
  readonly grants: GrantService;
}

/** The page of all the user's calls. */
export const accountHistoryRoutes: FastifyPluginAsyncTypebox<AccountHistoryDeps> = async (
  app,
  { calls, grants },
) => {
  async function pageOf(request: FastifyRequest, page: ListPage<UserCall>, wrong?: string): Promise<Page> {
    const granted = await grants.listGrants(signedInUserOf(request).name);
    const body = ownHistoryBody({
      query: request.query as HistoryQuery,
      applications: granted.map(({ clientId, clientName }) => [clientId, clientName] as const),
      page,
      now: new Date(),
      wrong,
    });
    return accountPage(request, { title: 'History', current: ACCOUNT_HISTORY, wide: true, body });
  }

  const errorPage: ErrorPage = async (error, request) =>
    error instanceof InvalidInput && request.signedInUser
      ? pageOf(request, { items: [], nextPageToken: undefined }, error.message)
      : undefined;

  app.get(
    ACCOUNT_HISTORY,
    { config: { entry: 'user', errorPage }, schema: { hide: true, querystring: Query } },
    async (request, reply) => {
      const { page_token, ...query } = request.query;
      const { userId } = signedInUserOf(request);
      const page = { size: PAGE_SIZE, token: page_token };
      const matches = await calls.listCalls(userId, readFilter(query), page);
      return sendPage(reply, await pageOf(request, matches));
    },
  );
};

/** Ignores empty fields. @throws InvalidInput */
function readFilter({ application, outcome, from, to }: HistoryQuery): UserCallFilter {
  const knownOutcome = USER_CALL_OUTCOMES.find((each) => each === outcome);
  if (outcome && !knownOutcome)
    throw new InvalidInput('outcome', `outcome must be one of: ${USER_CALL_OUTCOMES.join(', ')}.`);
  return {
    clientId: application || undefined,
    outcome: knownOutcome,
    from: from ? readTime('from', from) : undefined,
    to: to ? new Date(readTime('to', to).getTime() + DAY_MS) : undefined,
  };
}
