import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CallNotFound } from '../../core/calls/call-errors.ts';
import type { CallService } from '../../core/calls/call-service.ts';
import { RecordingNotFound, RecordingUnavailable } from '../../core/calls/recording-errors.ts';
import { SCOPE_CALL, SCOPE_RECORDINGS } from '../../core/tokens/access-token.ts';
import { accessOf } from '../entry/bearer-token.ts';
import { TAGS } from '../representations/tags.ts';
import { CallParams } from './call-schemas.ts';
import { CorrelatedRequest, correlated } from './correlation.ts';

const Audio = { schema: { type: 'string', contentMediaType: 'audio/wav' } };

/** The recording of a call, as an audio file. */
export const recordingRoutes: FastifyPluginAsyncTypebox<{ readonly calls: CallService }> = async (
  app,
  { calls },
) => {
  app.get(
    '/calls/:callId/recording',
    {
      config: { entry: 'token', errorStyle: 'problem', scopes: [SCOPE_CALL, SCOPE_RECORDINGS] },
      schema: {
        operationId: 'downloadRecording',
        summary: 'Get the recording of a call',
        description: 'Available after a connected call has ended that was opened with `recordingEnabled`.',
        tags: [TAGS.calls],
        headers: CorrelatedRequest,
        params: CallParams,
        response: {
          200: {
            description: 'The recording.',
            headers: correlated,
            content: { 'audio/wav': Audio },
          },
        },
        errors: [CallNotFound, RecordingNotFound, RecordingUnavailable],
      },
    },
    async (request, reply) => {
      const { callId } = request.params;
      const { content, contentType, generatedAt } = await calls.findOwnRecording(accessOf(request), callId);
      return reply
        .type(contentType)
        .headers({
          'last-modified': generatedAt.toUTCString(),
          etag: `"${callId}.${generatedAt.getTime()}"`, // to hash the file would block the event loop
        })
        .send(content);
    },
  );
};
