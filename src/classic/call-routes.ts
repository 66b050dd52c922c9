import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CallService } from '../calls/call-service.ts';
import { represent } from '../http/representation.ts';
import { TokenMissing } from '../oauth/access-tokens/access-token.ts';
import { ClassicCall, classicCallContent, classicCallsContent } from './call-representation.ts';
import { openCall, showCalls, stopCall } from './call-schema.ts';

/** The documented call interface: POST opens, PUT stops, GET shows one or all ongoing. */
export function classicCallRoutes(calls: CallService, publicUrl: string) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    app.addSchema(ClassicCall);
    const config = { entry: 'token', errorStyle: 'classic' } as const;
    app.post('/rest/call', { config, schema: openCall }, async (request, reply) => {
      const id = await calls.openCall(tokenOf(request), request.body.number);
      return reply
        .code(201)
        .headers({
          location: `${publicUrl}/rest/call?token_call=${id}`,
          'content-type': 'application/x-www-form-urlencoded',
        })
        .send();
    });

    app.put('/rest/call', { config, schema: stopCall }, async (request, reply) => {
      await calls.endOwnCall(tokenOf(request), request.body.token_call);
      return reply.code(200).send();
    });

    app.get('/rest/call', { config, schema: showCalls }, async (request, reply) => {
      const { token_call: id } = request.query;
      const token = tokenOf(request);
      if (id !== undefined)
        return represent(request, reply, classicCallContent(await calls.findOwnCall(token, id)));
      return represent(request, reply, classicCallsContent(await calls.findOwnOngoingCalls(token)));
    });
  };
}

function tokenOf({ presentedToken }: FastifyRequest) {
  if (!presentedToken) throw new TokenMissing();
  return presentedToken;
}
