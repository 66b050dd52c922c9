import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
  CallAlreadyOngoing,
  CallEnded,
  CallerNotOwn,
  CallNotFound,
  PrivateKeyJwtNotConfigured,
  SameCallerAndCallee,
  ServerOverloaded,
} from '../../core/calls/call-errors.ts';
import type { CallService } from '../../core/calls/call-service.ts';
import { CallLimitReached, CallRateReached, TalkTimeSpent } from '../../core/calls/limit-errors.ts';
import {
  RecordingNotFound,
  RecordingNotSupported,
  RecordingUnavailable,
} from '../../core/calls/recording-errors.ts';
import { CalleeNotAllowed, CallerNotAllowed } from '../../core/phone-numbers/dialling-errors.ts';
import { InvalidPhoneNumber } from '../../core/phone-numbers/phone-number-errors.ts';
import {
  SCOPE_CALL,
  SCOPE_CREATE,
  SCOPE_DELETE,
  SCOPE_READ,
  SCOPE_RECORDINGS,
} from '../../core/tokens/access-token.ts';
import { CorrelatorHeader } from '../../platform/http/correlator.ts';
import { answer, empty } from '../../platform/http/openapi/response.ts';
import { accessOf } from '../entry/bearer-token.ts';
import { TAGS } from '../representations/tags.ts';
import { BASE_PATH } from './base-path.ts';
import { readCallRequest, refuseOtherCredentials } from './call-request.ts';
import { CallResource, callResource } from './call-resource.ts';
import { CallParams, CamaraHeaders, CreateCallRequest, RecordingResource } from './call-schemas.ts';
import { callStatusChanged } from './event-schemas.ts';

const token = { entry: 'token', errorStyle: 'camara' } as const;
const create = { ...token, scopes: [SCOPE_CALL, SCOPE_CREATE] };
const read = { ...token, scopes: [SCOPE_CALL, SCOPE_READ] };
const end = { ...token, scopes: [SCOPE_CALL, SCOPE_DELETE] };
const listen = { ...token, scopes: [SCOPE_CALL, SCOPE_RECORDINGS] };

interface ClickToDialCallDeps {
  readonly calls: CallService;
  readonly publicUrl: string;
}

/** The operations of CAMARA Click to Dial. */
export const clickToDialCallRoutes: FastifyPluginAsyncTypebox<ClickToDialCallDeps> = async (
  app,
  { calls, publicUrl },
) => {
  app.post(
    '/calls',
    {
      config: create,
      preValidation: refuseOtherCredentials,
      schema: {
        operationId: 'createCall',
        summary: 'Open a call',
        description:
          'Rings the caller, one of the user’s own numbers, and then the callee. Refused if the user has as many ongoing calls as their limit allows, or an ongoing call between the same two numbers.',
        tags: [TAGS.camaraCalls],
        headers: CamaraHeaders,
        body: CreateCallRequest,
        callbacks: { callStatusChanged },
        response: {
          201: answer(CallResource, 'The call is open.', {
            ...CorrelatorHeader,
            Location: Type.String({ format: 'uri', description: 'URL of the call.' }),
          }),
        },
        errors: [
          InvalidPhoneNumber,
          CallerNotOwn,
          CallerNotAllowed,
          CalleeNotAllowed,
          SameCallerAndCallee,
          RecordingNotSupported,
          PrivateKeyJwtNotConfigured,
          CallAlreadyOngoing,
          CallLimitReached,
          CallRateReached,
          TalkTimeSpent,
          ServerOverloaded,
        ],
      },
    },
    async (request, reply) => {
      const { call } = await calls.openCall(accessOf(request), readCallRequest(request));
      return reply
        .code(201)
        .header('location', `${publicUrl}${BASE_PATH}/calls/${call.id}`)
        .send(callResource(call));
    },
  );

  app.get(
    '/calls/:callId',
    {
      config: read,
      schema: {
        operationId: 'getCall',
        summary: 'Show a call',
        description: 'A call that the client opened; with scope `call`, any of the user’s calls.',
        tags: [TAGS.camaraCalls],
        headers: CamaraHeaders,
        params: CallParams,
        response: { 200: answer(CallResource, 'The call.', CorrelatorHeader) },
        errors: [CallNotFound],
      },
    },
    async (request) => callResource(await calls.findOwnCall(accessOf(request), request.params.callId)),
  );

  app.delete(
    '/calls/:callId',
    {
      config: end,
      schema: {
        operationId: 'terminateCall',
        summary: 'End a call',
        description: 'A call that the client opened; with scope `call`, any of the user’s calls.',
        tags: [TAGS.camaraCalls],
        headers: CamaraHeaders,
        params: CallParams,
        response: { 204: empty('The call has ended.', CorrelatorHeader) },
        errors: [CallNotFound, CallEnded],
      },
    },
    async (request, reply) => {
      const { callId } = request.params;
      const ended = await calls.endOwnCall(accessOf(request), callId);
      if (!ended) throw new CallEnded(callId);
      return reply.code(204).send();
    },
  );

  app.get(
    '/calls/:callId/recording',
    {
      config: listen,
      schema: {
        operationId: 'getRecording',
        summary: 'Get the recording of a call',
        description: 'Available after a connected call has ended that was opened with `recordingEnabled`.',
        tags: [TAGS.camaraRecording],
        headers: CamaraHeaders,
        params: CallParams,
        response: { 200: answer(RecordingResource, 'The recording.', CorrelatorHeader) },
        errors: [CallNotFound, RecordingNotFound, RecordingUnavailable],
      },
    },
    async (request) => {
      const { callId } = request.params;
      const { content, contentType, generatedAt } = await calls.findOwnRecording(accessOf(request), callId);
      return {
        callId,
        content: content.toString('base64'),
        contentType,
        generatedAt: generatedAt.toISOString(),
      };
    },
  );
};
