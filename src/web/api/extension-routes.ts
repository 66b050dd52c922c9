import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { CallFilter } from '../../core/calls/call-page.ts';
import type { CallService } from '../../core/calls/call-service.ts';
import { rateLimitHeaders } from '../../core/calls/rate-limit.ts';
import { SCOPE_CALL, SCOPE_CREATE, SCOPE_READ } from '../../core/tokens/access-token.ts';
import { readPageSize, readTime } from '../../platform/http/query.ts';
import { callResource } from '../click-to-dial/call-resource.ts';
import { tokenOf } from '../entry/bearer-token.ts';
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
      const { state, ongoing, caller, callee, from, to, page_size, page_token } = request.query;
      const filter: CallFilter = {
        ...(state !== undefined && { state }),
        ...(ongoing !== undefined && { ongoing: ongoing === 'true' }),
        ...(caller !== undefined && { caller }),
        ...(callee !== undefined && { callee }),
        ...(from !== undefined && { from: readTime('from', from) }),
        ...(to !== undefined && { to: readTime('to', to) }),
      };
      const size = readPageSize(page_size);
      const page = await calls.listOwnCalls(tokenOf(request), read.scopes, filter, size, page_token);
      const now = new Date();
      return { ...page, calls: page.calls.map((call) => callResource(call, now)) };
    });

    app.get('/me/limits', { config: either, schema: getLimits }, async (request, reply) => {
      const { limit, ongoing } = await calls.findOwnLimits(tokenOf(request), either.scopes);
      return reply
        .headers(rateLimitHeaders(limit, ongoing))
        .send({ limit, ongoing, remaining: Math.max(0, limit - ongoing) });
    });

    app.get('/me/numbers', { config: either, schema: getNumbers }, async (request) => ({
      numbers: await calls.findOwnNumbers(tokenOf(request), either.scopes),
    }));

    app.post('/calls/:callId/renew', { config: create, schema: renewCall }, async (request) =>
      callResource(
        await calls.renewOwnCall(tokenOf(request), create.scopes, request.params.callId),
        new Date(),
      ),
    );
  };
}
