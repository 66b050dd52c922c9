import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ClientNotFound } from '../../core/clients/client-errors.ts';
import type { ClientService } from '../../core/clients/client-service.ts';
import { MAX_CLIENT_ID_LENGTH } from '../../core/clients/document-client.ts';
import { GrantNotFound } from '../../core/grants/grant-errors.ts';
import type { GrantService } from '../../core/grants/grant-service.ts';
import { UserNotFound } from '../../core/people/people-errors.ts';
import type { UserService } from '../../core/people/user-service.ts';
import { empty } from '../../platform/http/openapi/response.ts';
import { dateTime, dateTimeOrNull, texts } from '../../platform/http/openapi/values.ts';
import { nextPageToken, pageParameters, readPage } from '../../platform/http/query.ts';
import { actorOf } from '../entry/actor.ts';
import { SAMPLES } from '../representations/samples.ts';
import { TAGS } from '../representations/tags.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminGrants];
const name = Type.String({ minLength: 1, maxLength: 64, description: 'Name of the user.' });
const client = Type.String({
  minLength: 1,
  maxLength: MAX_CLIENT_ID_LENGTH,
  description: 'Id of the client.',
});
const scopes = texts('What the client may do.', ['call']);
const grantedAt = dateTime('When the user allowed it.');

const GrantOfUser = Type.Object({
  client: Type.String({ description: 'Id of the client.', examples: [SAMPLES.client] }),
  clientName: Type.String({ examples: [SAMPLES.clientName] }),
  scopes,
  grantedAt,
  lastUsedAt: dateTimeOrNull(
    'When the client last got a token under this grant, to about a minute; null if never.',
  ),
});
const GrantOfClient = Type.Object({
  user: Type.String({ description: 'Name of the user.', examples: [SAMPLES.user] }),
  scopes,
  grantedAt,
});

interface AdminGrantDeps {
  readonly grants: GrantService;
  readonly users: UserService;
  readonly clients: ClientService;
}

export const adminGrantRoutes: FastifyPluginAsyncTypebox<AdminGrantDeps> = async (
  app,
  { grants, users, clients },
) => {
  app.get(
    '/admin/users/:name/grants',
    {
      config,
      schema: {
        operationId: 'listGrants',
        summary: 'List a user’s grants',
        description: 'The clients that the user has allowed, oldest grant first.',
        tags,
        params: Type.Object({ name }),
        response: { 200: Type.Object({ grants: Type.Array(GrantOfUser) }, { description: 'The grants.' }) },
        errors: [UserNotFound],
      },
    },
    async ({ params }) => {
      const user = await users.findUser(params.name);
      const granted = await grants.listGrants(user.name);
      return { grants: granted.map(({ clientId, ...rest }) => ({ client: clientId, ...rest })) };
    },
  );

  app.get(
    '/admin/clients/:id/grants',
    {
      config,
      schema: {
        operationId: 'listGrantsOfClient',
        summary: 'List a client’s grants',
        description: 'The users who have allowed the client, by name.',
        tags,
        params: Type.Object({ id: client }),
        querystring: Type.Object(pageParameters, { additionalProperties: false }),
        response: {
          200: Type.Object(
            { grants: Type.Array(GrantOfClient), nextPageToken },
            { description: 'A page of grants.' },
          ),
        },
        errors: [ClientNotFound],
      },
    },
    async ({ params, query }) => {
      const { id } = await clients.findClient(params.id);
      const { items, nextPageToken } = await grants.listGrantsOfClient(id, readPage(query));
      return { grants: items.map(({ userName: user, ...rest }) => ({ user, ...rest })), nextPageToken };
    },
  );

  app.delete(
    '/admin/users/:name/grants/:client',
    {
      config,
      schema: {
        operationId: 'withdrawGrant',
        summary: 'Revoke a grant',
        description: 'Ends the client’s tokens for the user, and the ongoing calls that it opened for them.',
        tags,
        params: Type.Object({ name, client }),
        response: { 204: empty('The grant is revoked.') },
        errors: [GrantNotFound],
      },
    },
    async (request, reply) => {
      const { name, client } = request.params;
      await grants.withdraw(name, client, actorOf(request));
      return reply.code(204).send();
    },
  );
};
