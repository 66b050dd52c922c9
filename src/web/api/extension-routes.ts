import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { CallFilter, CallService } from '../../core/calls/call-service.ts';
import { rateLimitHeaders } from '../../core/calls/rate-limit.ts';
import { SCOPE_CALL, SCOPE_CREATE, SCOPE_READ } from '../../core/tokens/access-token.ts';
import { readPage, readTime } from '../../platform/http/query.ts';
import { callResource } from '../click-to-dial/call-resource.ts';
import { accessOf } from '../entry/bearer-token.ts';
import { getLimits, getNumbers, listCalls, renewCall } from './extension-operations.ts';

const token = { entry: 'token', errorStyle: 'camara' } as const;
const read = { ...token, scopes: [SCOPE_CALL, SCOPE_READ] };
const create = { ...token, scopes: [SCOPE_CALL, SCOPE_CREATE] };
const either = { ...token, scopes: [SCOPE_CALL, SCOPE_CREATE, SCOPE_READ] };

/** What CAMARA Click to Dial lacks: the list of calls, the user's limit and numbers, and the renewal of a call that nobody signals. */
export function extensionRoutes(calls: CallService) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get('/calls', { config: read, schema: listCalls }, async (request) => {
      const { state, ongoing, caller, callee, from, to } = request.query;
      const filter: CallFilter = {
        ...(state !== undefined && { state }),
        ...(ongoing !== undefined && { ongoing: ongoing === 'true' }),
        ...(caller !== undefined && { caller }),
        ...(callee !== undefined && { callee }),
        ...(from !== undefined && { from: readTime('from', from) }),
        ...(to !== undefined && { to: readTime('to', to) }),
      };
      const page = readPage(request.query);
      const { items, nextPageToken } = await calls.listOwnCalls(accessOf(request), filter, page);
      const now = new Date();
      return { calls: items.map((call) => callResource(call, now)), nextPageToken };
    });

    app.get('/me/limits', { config: either, schema: getLimits }, async (request, reply) => {
      const { limit, ongoing } = await calls.findOwnLimits(accessOf(request));
      return reply
        .headers(rateLimitHeaders(limit, ongoing))
        .send({ limit, ongoing, remaining: Math.max(0, limit - ongoing) });
    });

    app.get('/me/numbers', { config: either, schema: getNumbers }, async (request) => ({
      numbers: await calls.findOwnNumbers(accessOf(request)),
    }));

    app.post('/calls/:callId/renew', { config: create, schema: renewCall }, async (request) =>
      callResource(await calls.renewOwnCall(accessOf(request), request.params.callId), new Date()),
    );
  };
}
