import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
  CallAlreadyOngoing,
  CallEnded,
  CallerNotOwn,
  CallNotFound,
  CredentialNotSupported,
  IdempotencyKeyReused,
  OutOfRange,
  SameCallerAndCallee,
} from '../../core/calls/call-errors.ts';
import type { CallService } from '../../core/calls/call-service.ts';
import { CallLimitReached, CallRateReached, TalkTimeSpent } from '../../core/calls/limit-errors.ts';
import { LIMIT_HEADERS, limitHeaders } from '../../core/calls/limit-headers.ts';
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
import { headerSchemas } from '../../platform/http/openapi/headers.ts';
import { answer, empty } from '../../platform/http/openapi/response.ts';
import { accessOf } from '../entry/bearer-token.ts';
import { TAGS } from '../representations/tags.ts';
import { BASE_PATH } from './base-path.ts';
import { readCallRequest, refuseOtherCredentials } from './call-request.ts';
import { CallResource, callResource } from './call-resource.ts';
import {
  CallParams,
  CamaraHeaders,
  CreateCallRequest,
  extension,
  RecordingResource,
} from './call-schemas.ts';
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
          'Rings the caller, one of the user’s own numbers, and then the callee. Refused if the user has as many ongoing calls as their limit allows, or an ongoing call between the same two numbers. For 24 hours, a repeated request with the same `Idempotency-Key` gets the first response and opens no second call.',
        tags: [TAGS.camaraCalls],
        headers: Type.Object({
          ...CorrelatorHeader,
          'idempotency-key': Type.Optional(
            Type.String({ ...extension, description: 'Requests with the same key open only one call.' }),
          ),
        }),
        body: CreateCallRequest,
        callbacks: { callStatusChanged },
        response: {
          201: answer(CallResource, 'The call is open.', {
            ...CorrelatorHeader,
            Location: Type.String({ format: 'uri', description: 'URL of the call.' }),
            'Idempotent-Replayed': Type.String({
              enum: ['true'],
              description: 'Present if this is the response to an earlier request.',
            }),
            ...headerSchemas(LIMIT_HEADERS),
          }),
        },
        errors: [
          InvalidPhoneNumber,
          OutOfRange,
          CredentialNotSupported,
          CallerNotOwn,
          CallerNotAllowed,
          CalleeNotAllowed,
          SameCallerAndCallee,
          RecordingNotSupported,
          IdempotencyKeyReused,
          CallAlreadyOngoing,
          CallLimitReached,
          CallRateReached,
          TalkTimeSpent,
        ],
      },
    },
    async (request, reply) => {
      const call = readCallRequest(request.body, request.headers['idempotency-key']);
      const opened = await calls.openCall(accessOf(request), call);
      return reply
        .code(201)
        .headers({
          location: `${publicUrl}${BASE_PATH}/calls/${opened.call.id}`,
          ...limitHeaders(opened.limit, opened.ongoing),
          ...(opened.replayed && { 'idempotent-replayed': 'true' }),
        })
        .send(callResource(opened.call, opened.call.createdAt));
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
    async (request) =>
      callResource(await calls.findOwnCall(accessOf(request), request.params.callId), new Date()),
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
