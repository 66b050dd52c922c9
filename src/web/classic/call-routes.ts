import { Type } from 'typebox';
import {
  CallNotFound,
  IdempotencyKeyReused,
  SameCallerAndCallee,
  ServerOverloaded,
} from '../../core/calls/call-errors.ts';
import { readIdempotency } from '../../core/calls/call-request.ts';
import type { CallService } from '../../core/calls/call-service.ts';
import { CallLimitReached, CallRateReached, TalkTimeSpent } from '../../core/calls/limit-errors.ts';
import { CalleeNotAllowed, CallerNotAllowed } from '../../core/phone-numbers/dialling-errors.ts';
import { SCOPE_CALL } from '../../core/tokens/access-token.ts';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { FORM_OR_JSON, JSON_OR_XML } from '../../platform/http/openapi/operation.ts';
import { empty } from '../../platform/http/openapi/response.ts';
import { represent } from '../../platform/http/representation.ts';
import { accessOf } from '../entry/bearer-token.ts';
import { requireScopeAsIn2012 } from '../openapi/security.ts';
import { SAMPLES } from '../representations/samples.ts';
import { TAGS } from '../representations/tags.ts';
import { surface } from '../surface.ts';
import { ClassicCall, classicCallContent, classicCallsContent } from './classic-call.ts';

const config = {
  entry: 'token',
  errorStyle: 'classic',
  scopes: [SCOPE_CALL],
  authenticationHeader: true,
} as const;
const tags = [TAGS.classicCalls];
const security = requireScopeAsIn2012(SCOPE_CALL);
const path = '/rest/call';

const tokenCall = Type.String({
  minLength: 1,
  maxLength: 256,
  description: 'Token of the call, from `Location` or `info.token`.',
  examples: [SAMPLES.call],
});

const NewCall = Type.Object({
  number: Type.String({
    minLength: 1,
    maxLength: 64,
    description: 'The number to call: E.164, or as dialled in the server’s own country.',
    examples: [SAMPLES.callee],
  }),
});

const CallOrCalls = Type.Union(
  [ClassicCall, Type.Array(ClassicCall, { xml: { name: 'calls', wrapped: true } })],
  { description: 'The call, or the ongoing calls.' },
);

export interface ClassicCallDeps {
  readonly calls: CallService;
  readonly publicUrl: string;
}

/** The call interface of 2012: POST opens a call, PUT stops it, GET shows one call or all ongoing calls. */
export const classicCalls = surface<ClassicCallDeps>('classic-calls', async (app, { calls, publicUrl }) => {
  app.post(
    path,
    {
      config,
      schema: {
        operationId: 'openClassicCall',
        summary: 'Open a call',
        description:
          'Opens a call from the user’s own number to `number`, unless the user has as many ongoing calls as their limit allows. For 24 hours, a repeated request with the same `Idempotency-Key` gets the first response and opens no second call.',
        tags,
        security,
        consumes: FORM_OR_JSON,
        headers: Type.Object({
          'idempotency-key': Type.Optional(
            Type.String({ description: 'Requests with the same key open only one call.' }),
          ),
        }),
        body: NewCall,
        response: {
          201: empty('The call is open.', {
            Location: Type.String({ format: 'uri', description: 'URL of the call.' }),
            'Idempotent-Replayed': Type.String({
              enum: ['true'],
              description: 'Present if this is the response to an earlier request.',
            }),
          }),
        },
        errors: [
          IdempotencyKeyReused,
          SameCallerAndCallee,
          CallerNotAllowed,
          CalleeNotAllowed,
          CallLimitReached,
          CallRateReached,
          TalkTimeSpent,
          ServerOverloaded,
        ],
      },
    },
    async (request, reply) => {
      const { number } = request.body;
      const { call, replayed } = await calls.openCall(accessOf(request), {
        callee: number,
        names: { callee: 'number' },
        once: false,
        idempotency: readIdempotency(request.headers['idempotency-key'], { number }),
      });
      return reply
        .code(201)
        .headers({
          location: `${publicUrl}${path}?token_call=${call.id}`,
          'content-type': 'application/x-www-form-urlencoded',
          ...(replayed && { 'idempotent-replayed': 'true' }),
        })
        .send();
    },
  );

  app.put(
    path,
    {
      config,
      schema: {
        operationId: 'stopClassicCall',
        summary: 'Stop a call',
        description:
          'Ends one of the user’s calls. Stopping it again changes nothing and gets the same response.',
        tags,
        security,
        consumes: FORM_OR_JSON,
        body: Type.Object({ token_call: tokenCall }),
        response: { 200: empty('The call has ended.') },
        errors: [CallNotFound],
      },
    },
    async (request, reply) => {
      await calls.endOwnCall(accessOf(request), request.body.token_call);
      return reply.code(200).send();
    },
  );

  app.get(
    path,
    {
      config,
      schema: {
        operationId: 'showClassicCalls',
        summary: 'Show one call or all ongoing calls',
        description:
          'With `token_call`, one of the user’s calls, ongoing or ended. Without it, all the user’s ongoing calls, from all applications, oldest first.',
        tags,
        security,
        produces: JSON_OR_XML,
        querystring: Type.Object({
          token_call: Type.Optional(tokenCall),
          access_token: Type.Optional(Type.Unknown()),
        }),
        response: { 200: CallOrCalls },
        errors: [CallNotFound, NotAcceptable],
      },
    },
    async (request, reply) => {
      const { token_call: id } = request.query;
      const access = accessOf(request);
      if (id !== undefined)
        return represent(request, reply, classicCallContent(await calls.findOwnCall(access, id)));
      return represent(request, reply, classicCallsContent(await calls.findOwnOngoingCalls(access)));
    },
  );
});
