import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { UserNotFound } from '../../core/people/people-errors.ts';
import {
  SECOND_FACTOR_KINDS,
  type SecondFactorAdministration,
} from '../../core/second-factors/second-factor-administration.ts';
import { empty } from '../../platform/http/openapi/response.ts';
import { dateTime, dateTimeOrNull, oneOf } from '../../platform/http/openapi/values.ts';
import { actorOf } from '../entry/actor.ts';
import { TAGS } from '../representations/tags.ts';

const config = { entry: 'administrator' } as const;
const path = '/admin/users/:name/second-factors';
const tags = [TAGS.adminUsers];
const params = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 64, description: 'Name of the user.' }),
});

const SecondFactor = Type.Object({
  id: Type.String({ description: 'UUID.', examples: ['0b0f7a5e-51a0-4b6e-8a9a-3f1f5b1c7d10'] }),
  kind: oneOf(SECOND_FACTOR_KINDS, '`totp` means codes from an authenticator app.'),
  name: Type.String({ description: 'The name that the user gave it.', examples: ['Authenticator app'] }),
  createdAt: dateTime('When it was added.'),
  lastUsedAt: dateTimeOrNull('When it was last used; null if never.'),
});

interface AdminSecondFactorDeps {
  readonly secondFactors: SecondFactorAdministration;
}

export const adminSecondFactorRoutes: FastifyPluginAsyncTypebox<AdminSecondFactorDeps> = async (
  app,
  { secondFactors },
) => {
  app.get(
    path,
    {
      config,
      schema: {
        operationId: 'listSecondFactors',
        summary: 'List a user’s second factors',
        description:
          'The second factors that the console asks the user for in addition to the password. Oldest first.',
        tags,
        params,
        response: {
          200: Type.Object(
            { secondFactors: Type.Array(SecondFactor) },
            { description: 'The second factors.' },
          ),
        },
        errors: [UserNotFound],
      },
    },
    async ({ params: { name } }) => ({ secondFactors: await secondFactors.list(name) }),
  );

  app.delete(
    path,
    {
      config,
      schema: {
        operationId: 'resetSecondFactors',
        summary: 'Remove all second factors of a user',
        description:
          'For a user who has lost them. The user can then sign in with the password alone and set up new ones. Ends the user’s sessions in the console.',
        tags,
        params,
        response: { 204: empty('The user has no second factor.') },
        errors: [UserNotFound],
      },
    },
    async (request, reply) => {
      await secondFactors.reset(request.params.name, actorOf(request));
      return reply.code(204).send();
    },
  );
};
