import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Switchboard } from '../../carriers/switchboard.ts';
import { CallEnded } from '../../core/calls/call-errors.ts';
import type { CallService } from '../../core/calls/call-service.ts';
import { rateLimitHeaders } from '../../core/calls/rate-limit.ts';
import { RecordingNotFound } from '../../core/calls/recording-errors.ts';
import {
  SCOPE_CALL,
  SCOPE_CREATE,
  SCOPE_DELETE,
  SCOPE_READ,
  SCOPE_RECORDINGS,
} from '../../core/tokens/access-token.ts';
import { accessOf } from '../entry/bearer-token.ts';
import { BASE_PATH } from './base-path.ts';
import * as operations from './call-operations.ts';
import { readCallRequest, refuseOtherCredentials } from './call-request.ts';
import { callResource } from './call-resource.ts';

const token = { entry: 'token', errorStyle: 'camara' } as const;
const create = { ...token, scopes: [SCOPE_CALL, SCOPE_CREATE] };
const read = { ...token, scopes: [SCOPE_CALL, SCOPE_READ] };
const end = { ...token, scopes: [SCOPE_CALL, SCOPE_DELETE] };
const listen = { ...token, scopes: [SCOPE_CALL, SCOPE_RECORDINGS] };

/** The operations of CAMARA Click to Dial. */
export function callRoutes(calls: CallService, carriers: Switchboard, publicUrl: string) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.post(
      '/calls',
      {
        config: create,
        schema: operations.createCall,
        preValidation: refuseOtherCredentials,
      },
      async (request, reply) => {
        const asked = readCallRequest(request.body, request.headers['idempotency-key']);
        const opened = await calls.openCall(accessOf(request), asked);
        return reply
          .code(201)
          .headers({
            location: `${publicUrl}${BASE_PATH}/calls/${opened.call.id}`,
            ...rateLimitHeaders(opened.limit, opened.ongoing),
            ...(opened.replayed && { 'idempotent-replayed': 'true' }),
          })
          .send(callResource(opened.call, opened.call.createdAt));
      },
    );

    app.get('/calls/:callId', { config: read, schema: operations.getCall }, async (request) =>
      callResource(await calls.findOwnCall(accessOf(request), request.params.callId), new Date()),
    );

    app.delete(
      '/calls/:callId',
      { config: end, schema: operations.terminateCall },
      async (request, reply) => {
        const { callId } = request.params;
        const ended = await calls.endOwnCall(accessOf(request), callId);
        if (!ended) throw new CallEnded(callId);
        return reply.code(204).send();
      },
    );

    app.get(
      '/calls/:callId/recording',
      { config: listen, schema: operations.getRecording },
      async (request) => {
        const { callId } = request.params;
        const call = await calls.findOwnCall(accessOf(request), callId);
        const recording = call.recordingResult === 'success' ? await carriers.findRecording(call) : undefined;
        if (!recording) throw new RecordingNotFound();
        const { content, contentType, generatedAt } = recording;
        return {
          callId,
          content: content.toString('base64'),
          contentType,
          generatedAt: generatedAt.toISOString(),
        };
      },
    );
  };
}
