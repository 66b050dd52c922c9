import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { CallService } from '../../core/calls/call-service.ts';
import { LIMIT_HEADERS, limitHeaders } from '../../core/calls/limit-headers.ts';
import { SCOPE_CALL, SCOPE_CREATE, SCOPE_READ } from '../../core/tokens/access-token.ts';
import { headerSchemas } from '../../platform/http/openapi/headers.ts';
import { accessOf } from '../entry/bearer-token.ts';
import { SAMPLES } from '../representations/samples.ts';
import { TAGS } from '../representations/tags.ts';
import { correlated, CorrelatedRequest as headers } from './correlation.ts';

const config = {
  entry: 'token',
  errorStyle: 'problem',
  scopes: [SCOPE_CALL, SCOPE_CREATE, SCOPE_READ],
} as const;
const tags = [TAGS.calls];

const Limits = Type.Object(
  {
    limit: Type.Integer({
      minimum: 0,
      description: 'How many ongoing calls the user may have.',
      examples: [2],
    }),
    ongoing: Type.Integer({ minimum: 0, description: 'How many calls are ongoing.', examples: [1] }),
    remaining: Type.Integer({
      minimum: 0,
      description: 'How many more calls the user may open now.',
      examples: [1],
    }),
  },
  { description: 'The limit.', headers: { ...correlated, ...headerSchemas(LIMIT_HEADERS) } },
);

const Numbers = Type.Object(
  { numbers: Type.Array(Type.String({ description: 'E.164.', examples: [SAMPLES.caller] })) },
  { description: 'The numbers.', headers: correlated },
);

/** The limit and the phone numbers of the token's user. */
export const userRoutes: FastifyPluginAsyncTypebox<{ readonly calls: CallService }> = async (
  app,
  { calls },
) => {
  app.get(
    '/me/limits',
    {
      config,
      schema: {
        operationId: 'showLimits',
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
      config,
      schema: {
        operationId: 'showNumbers',
        summary: 'Show the user’s phone numbers',
        description: 'The numbers allowed as `caller`, the default one first.',
        tags,
        headers,
        response: { 200: Numbers },
      },
    },
    async (request) => ({ numbers: await calls.findOwnNumbers(accessOf(request)) }),
  );
};
