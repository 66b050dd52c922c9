import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
  CallAlreadyOngoing,
  CallEnded,
  CallerNotOwn,
  CallNotFound,
  CallNotRenewable,
  IdempotencyKeyReused,
  OutOfRange,
  SameCallerAndCallee,
  ServerOverloaded,
} from '../../core/calls/call-errors.ts';
import { readIdempotency } from '../../core/calls/call-request.ts';
import type { CallFilter, CallService } from '../../core/calls/call-service.ts';
import { CallLimitReached, CallRateReached, TalkTimeSpent } from '../../core/calls/limit-errors.ts';
import { LIMIT_HEADERS, limitHeaders } from '../../core/calls/limit-headers.ts';
import { RecordingNotSupported } from '../../core/calls/recording-errors.ts';
import { CalleeNotAllowed, CallerNotAllowed } from '../../core/phone-numbers/dialling-errors.ts';
import { InvalidPhoneNumber } from '../../core/phone-numbers/phone-number-errors.ts';
import { SCOPE_CALL, SCOPE_CREATE, SCOPE_DELETE, SCOPE_READ } from '../../core/tokens/access-token.ts';
import { headerSchemas } from '../../platform/http/openapi/headers.ts';
import { answer, empty } from '../../platform/http/openapi/response.ts';
import { nextPageToken, readPage } from '../../platform/http/query.ts';
import { readTime } from '../../platform/time-formats.ts';
import { accessOf } from '../entry/bearer-token.ts';
import { TAGS } from '../representations/tags.ts';
import { API_PATH } from './base-path.ts';
import { CallResource, callResource, OPENED } from './call-resource.ts';
import { CallParams, CallQuery, NewCall } from './call-schemas.ts';
import { CorrelatedRequest, correlated } from './correlation.ts';

const token = { entry: 'token', errorStyle: 'problem' } as const;
const create = { ...token, scopes: [SCOPE_CALL, SCOPE_CREATE] };
const read = { ...token, scopes: [SCOPE_CALL, SCOPE_READ] };
const end = { ...token, scopes: [SCOPE_CALL, SCOPE_DELETE] };
const tags = [TAGS.calls];
const headers = CorrelatedRequest;

const openedHeaders = {
  ...correlated,
  Location: Type.String({ format: 'uri', description: 'URL of the call.' }),
  'Idempotent-Replayed': Type.String({
    enum: ['true'],
    description: 'Present if this is the response to an earlier request.',
  }),
  ...headerSchemas(LIMIT_HEADERS),
};

interface CallRoutesDeps {
  readonly calls: CallService;
  readonly publicUrl: string;
}

/** Open, list, read, renew and end calls. */
export const callRoutes: FastifyPluginAsyncTypebox<CallRoutesDeps> = async (app, { calls, publicUrl }) => {
  app.post(
    '/calls',
    {
      config: create,
      schema: {
        operationId: 'openCall',
        summary: 'Open a call',
        description:
          'Rings the user’s own phone, and then the callee. Refused if the user has as many ongoing calls as their limit allows, or an ongoing call between the same two numbers. For 24 hours, a repeated request with the same `Idempotency-Key` gets the first response and opens no second call.',
        tags,
        headers: Type.Object({
          ...CorrelatedRequest.properties,
          'idempotency-key': Type.Optional(
            Type.String({ description: 'Requests with the same key open only one call.' }),
          ),
        }),
        body: NewCall,
        response: {
          201: answer(CallResource, 'The call is open.', openedHeaders, OPENED),
        },
        errors: [
          InvalidPhoneNumber,
          OutOfRange,
          SameCallerAndCallee,
          CallerNotOwn,
          CallerNotAllowed,
          CalleeNotAllowed,
          RecordingNotSupported,
          IdempotencyKeyReused,
          CallAlreadyOngoing,
          CallLimitReached,
          CallRateReached,
          TalkTimeSpent,
          ServerOverloaded,
        ],
      },
    },
    async (request, reply) => {
      const { call, replayed, limit, ongoing } = await calls.openCall(accessOf(request), {
        ...request.body,
        once: true,
        idempotency: readIdempotency(request.headers['idempotency-key'], request.body),
      });
      return reply
        .code(201)
        .headers({
          location: `${publicUrl}${API_PATH}/calls/${call.id}`,
          ...limitHeaders(limit, ongoing),
          ...(replayed && { 'idempotent-replayed': 'true' }),
        })
        .send(callResource(call));
    },
  );

  app.get(
    '/calls',
    {
      config: read,
      schema: {
        operationId: 'listCalls',
        summary: 'List calls',
        description:
          'The calls that the client opened, newest first; with scope `call`, all the user’s calls. Every parameter except `page_size` and `page_token` is a filter.',
        tags,
        headers,
        querystring: CallQuery,
        response: {
          200: Type.Object(
            { calls: Type.Array(CallResource), nextPageToken },
            { description: 'A page of calls.', headers: correlated },
          ),
        },
        errors: [InvalidPhoneNumber],
      },
    },
    async (request) => {
      const page = readPage(request.query);
      const { items, ...next } = await calls.listOwnCalls(accessOf(request), readFilter(request.query), page);
      return { calls: items.map(callResource), ...next };
    },
  );

  app.get(
    '/calls/:callId',
    {
      config: read,
      schema: {
        operationId: 'showCall',
        summary: 'Show a call',
        description: 'A call that the client opened; with scope `call`, any of the user’s calls.',
        tags,
        headers,
        params: CallParams,
        response: { 200: answer(CallResource, 'The call.', correlated) },
        errors: [CallNotFound],
      },
    },
    async (request) => callResource(await calls.findOwnCall(accessOf(request), request.params.callId)),
  );

  app.post(
    '/calls/:callId/renew',
    {
      config: create,
      schema: {
        operationId: 'renewCall',
        summary: 'Renew a call',
        description:
          'Extends the deadline of a call of the carrier `session`, which ends unless the client renews it.',
        tags,
        headers,
        params: CallParams,
        response: { 200: answer(CallResource, 'The call, with its new deadline.', correlated) },
        errors: [CallNotFound, CallEnded, CallNotRenewable],
      },
    },
    async (request) => callResource(await calls.renewOwnCall(accessOf(request), request.params.callId)),
  );

  app.delete(
    '/calls/:callId',
    {
      config: end,
      schema: {
        operationId: 'endCall',
        summary: 'End a call',
        description:
          'A call that the client opened; with scope `call`, any of the user’s calls. Ending an ended call succeeds and changes nothing.',
        tags,
        headers,
        params: CallParams,
        response: { 204: empty('The call has ended.', correlated) },
        errors: [CallNotFound],
      },
    },
    async (request, reply) => {
      await calls.endOwnCall(accessOf(request), request.params.callId);
      return reply.code(204).send();
    },
  );
};

/** @throws InvalidInput for an invalid time */
function readFilter({ state, ongoing, caller, callee, from, to }: CallQuery): CallFilter {
  return {
    ...(state !== undefined && { state }),
    ...(ongoing !== undefined && { ongoing: ongoing === 'true' }),
    ...(caller !== undefined && { caller }),
    ...(callee !== undefined && { callee }),
    ...(from !== undefined && { from: readTime('from', from) }),
    ...(to !== undefined && { to: readTime('to', to) }),
  };
}
