import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import {
  PERSON_OUTCOMES,
  type PersonCall,
  type PersonCallFilter,
} from '../../core/calls/person-call-service.ts';
import type { ListPage } from '../../platform/database/paging.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { ErrorPage } from '../../platform/http/errors/error-config.ts';
import { type Page, sendPage } from '../../platform/http/pages/page.ts';
import { readTime } from '../../platform/http/query.ts';
import { ACCOUNT, accountPage, personOf } from './account-frame.ts';
import type { AccountParts } from './account-parts.ts';
import { type HistoryQuery, historyBody } from './history-page.ts';

const PAGE_SIZE = 50;
const DAY_MS = 24 * 3600 * 1000;

const text = Type.Optional(Type.String({ maxLength: 256 }));
const Query = Type.Object({ application: text, outcome: text, from: text, to: text, page_token: text });

/** All calls there ever were. */
export function historyRoutes({ grants, calls }: AccountParts) {
  async function pageOf(request: FastifyRequest, page: ListPage<PersonCall>, wrong?: string): Promise<Page> {
    const granted = await grants.listGrants(personOf(request).name);
    const body = historyBody({
      query: request.query as HistoryQuery,
      applications: granted.map(({ clientId, clientName }) => [clientId, clientName] as const),
      page,
      now: new Date(),
      wrong,
    });
    return accountPage(request, `${ACCOUNT}/history`, { title: 'History', wide: true, body });
  }

  const errorPage: ErrorPage = async (error, request) =>
    error instanceof InvalidInput && request.person
      ? pageOf(request, { items: [], nextPageToken: undefined }, error.message)
      : undefined;

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      `${ACCOUNT}/history`,
      { config: { entry: 'person', errorPage }, schema: { hide: true, querystring: Query } },
      async (request, reply) => {
        const { page_token, ...query } = request.query;
        const { userId } = personOf(request);
        const page = { size: PAGE_SIZE, token: page_token };
        const found = await calls.listCalls(userId, filterOf(query), page);
        return sendPage(reply, await pageOf(request, found));
      },
    );
  };
}

/** Fields left empty count as not given. @throws InvalidInput */
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
