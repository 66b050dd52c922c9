import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { CallEnded, CallNotFound, CallNotRenewable } from '../../core/calls/call-errors.ts';
import type { CallFilter, CallService } from '../../core/calls/call-service.ts';
import { LIMIT_HEADERS, limitHeaders } from '../../core/calls/limit-headers.ts';
import { E164_PATTERN } from '../../core/phone-numbers/phone-number.ts';
import { InvalidPhoneNumber } from '../../core/phone-numbers/phone-number-errors.ts';
import { SCOPE_CALL, SCOPE_CREATE, SCOPE_READ } from '../../core/tokens/access-token.ts';
import { CorrelatorHeader } from '../../platform/http/correlator.ts';
import { headerSchemas } from '../../platform/http/openapi/headers.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import { nextPageToken, pageParameters, readPage } from '../../platform/http/query.ts';
import { readTime } from '../../platform/time-formats.ts';
import { CallResource, callResource } from '../click-to-dial/call-resource.ts';
import { CallParams, CallStatus, CamaraHeaders, extension } from '../click-to-dial/call-schemas.ts';
import { accessOf } from '../entry/bearer-token.ts';
import { TAGS } from '../representations/tags.ts';

const token = { entry: 'token', errorStyle: 'camara' } as const;
const read = { ...token, scopes: [SCOPE_CALL, SCOPE_READ] };
const create = { ...token, scopes: [SCOPE_CALL, SCOPE_CREATE] };
const either = { ...token, scopes: [SCOPE_CALL, SCOPE_CREATE, SCOPE_READ] };
const tags = [TAGS.calls];
const headers = CamaraHeaders;

const number = Type.String({ pattern: E164_PATTERN, description: 'E.164; write + as %2B' });
const CallQuery = Type.Object(
  {
    state: Type.Optional(CallStatus),
    ongoing: Type.Optional(oneOf(['true', 'false'], 'Whether the call is ongoing')),
    caller: Type.Optional(number),
    callee: Type.Optional(number),
    from: Type.Optional(Type.String({ description: 'Opened at or after this time, ISO 8601' })),
    to: Type.Optional(Type.String({ description: 'Opened before this time, ISO 8601' })),
    ...pageParameters,
  },
  { additionalProperties: false },
);

const Limits = Type.Object(
  {
    limit: Type.Integer({ minimum: 0 }),
    ongoing: Type.Integer({ minimum: 0 }),
    remaining: Type.Integer({ minimum: 0, description: 'How many more calls the user may open now.' }),
  },
  { description: 'The limit.', headers: { ...CorrelatorHeader, ...headerSchemas(LIMIT_HEADERS) } },
);

interface ExtensionRoutesDeps {
  readonly calls: CallService;
}

/** Operations that CAMARA Click to Dial lacks: list calls, show the user's limit and numbers, renew a call of the carrier `session`. */
export const extensionRoutes: FastifyPluginAsyncTypebox<ExtensionRoutesDeps> = async (app, { calls }) => {
  app.get(
    '/calls',
    {
      config: read,
      schema: {
        ...extension,
        operationId: 'listCalls',
        summary: 'List calls',
        description:
          'The calls that the client opened, newest first; with scope `call`, all the user’s calls. All parameters filter.',
        tags,
        headers,
        querystring: CallQuery,
        response: {
          200: Type.Object(
            { calls: Type.Array(CallResource), nextPageToken },
            { description: 'A page of calls.', headers: CorrelatorHeader },
          ),
        },
        errors: [InvalidPhoneNumber],
      },
    },
    async (request) => {
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
    },
  );

  app.get(
    '/me/limits',
    {
      config: either,
      schema: {
        ...extension,
        operationId: 'getLimits',
        summary: 'Show the user’s limit',
        description:
          'The user’s limit of ongoing calls across all applications, and how many calls are ongoing.',
        tags,
        headers,
        response: { 200: Limits },
      },
    },
    async (request, reply) => {
      const { limit, ongoing } = await calls.findOwnLimits(accessOf(request));
      return reply
        .headers(limitHeaders(limit, ongoing))
        .send({ limit, ongoing, remaining: Math.max(0, limit - ongoing) });
    },
  );

  app.get(
    '/me/numbers',
    {
      config: either,
      schema: {
        ...extension,
        operationId: 'getNumbers',
        summary: 'Show the user’s phone numbers',
        description: 'The numbers allowed as `caller`, the default one first.',
        tags,
        headers,
        response: {
          200: Type.Object(
            { numbers: Type.Array(Type.String({ description: 'E.164' })) },
            { description: 'The numbers.', headers: CorrelatorHeader },
          ),
        },
      },
    },
    async (request) => ({ numbers: await calls.findOwnNumbers(accessOf(request)) }),
  );

  app.post(
    '/calls/:callId/renew',
    {
      config: create,
      schema: {
        ...extension,
        operationId: 'renewCall',
        summary: 'Renew a call',
        description:
          'Extends the deadline of a call of the carrier `session`, which ends unless the client renews it.',
        tags,
        headers,
        params: CallParams,
        response: { 200: answer(CallResource, 'The call, with its new deadline.', CorrelatorHeader) },
        errors: [CallNotFound, CallEnded, CallNotRenewable],
      },
    },
    async (request) =>
      callResource(await calls.renewOwnCall(accessOf(request), request.params.callId), new Date()),
  );
};
