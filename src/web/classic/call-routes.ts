import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { CallService } from '../../core/calls/call-service.ts';
import { SCOPE_CALL } from '../../core/tokens/access-token.ts';
import { represent } from '../../platform/http/representation.ts';
import { accessOf } from '../entry/bearer-token.ts';
import { openCall, showCalls, stopCall } from './call-operations.ts';
import { classicCallContent, classicCallsContent } from './call-representation.ts';

/** The documented call interface: POST opens, PUT stops, GET shows one or all ongoing. */
export function classicCallRoutes(calls: CallService, publicUrl: string) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'token', errorStyle: 'classic', scopes: [SCOPE_CALL] } as const;
    app.post('/rest/call', { config, schema: openCall }, async (request, reply) => {
      const asked = { callee: request.body.number, once: false };
      const { call } = await calls.openCall(accessOf(request), asked);
      return reply
        .code(201)
        .headers({
          location: `${publicUrl}/rest/call?token_call=${call.id}`,
          'content-type': 'application/x-www-form-urlencoded',
        })
        .send();
    });

    app.put('/rest/call', { config, schema: stopCall }, async (request, reply) => {
      await calls.endOwnCall(accessOf(request), request.body.token_call);
      return reply.code(200).send();
    });

    app.get('/rest/call', { config, schema: showCalls }, async (request, reply) => {
      const { token_call: id } = request.query;
      const access = accessOf(request);
      if (id !== undefined)
        return represent(request, reply, classicCallContent(await calls.findOwnCall(access, id)));
      return represent(request, reply, classicCallsContent(await calls.findOwnOngoingCalls(access)));
    });
  };
}
