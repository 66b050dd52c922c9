import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
  ClientHasNoSecret,
  ClientMetadataInvalid,
  ClientNotFound,
} from '../../core/clients/client-errors.ts';
import type { ClientService } from '../../core/clients/client-service.ts';
import { answer, empty } from '../../platform/http/openapi/response.ts';
import { nextPageToken, pageParameters, readPage } from '../../platform/http/query.ts';
import { actorOf } from '../entry/actor.ts';
import { TAGS } from '../representations/tags.ts';
import {
  AdminClient,
  adminClient,
  ClientDetails,
  ClientParams,
  ClientWithSecret,
  clientWithSecret,
  NewClient,
} from './client-schemas.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminClients];

interface AdminClientDeps {
  readonly clients: ClientService;
}

export const adminClientRoutes: FastifyPluginAsyncTypebox<AdminClientDeps> = async (app, { clients }) => {
  app.get(
    '/admin/clients',
    {
      config,
      schema: {
        operationId: 'listClients',
        summary: 'List clients',
        description: 'All registered applications, newest first.',
        tags,
        querystring: Type.Object(pageParameters, { additionalProperties: false }),
        response: {
          200: Type.Object(
            { clients: Type.Array(AdminClient), nextPageToken },
            { description: 'A page of clients.' },
          ),
        },
      },
    },
    async ({ query }) => {
      const { items, nextPageToken } = await clients.listClients(readPage(query));
      return { clients: items.map(adminClient), nextPageToken };
    },
  );

  app.get(
    '/admin/clients/:id',
    {
      config,
      schema: {
        operationId: 'findClient',
        summary: 'Show a client',
        description: 'Includes the number of grants and ongoing calls that removing the client would end.',
        tags,
        params: ClientParams,
        response: { 200: answer(ClientDetails, 'The client.') },
        errors: [ClientNotFound],
      },
    },
    async ({ params: { id } }) => {
      const client = await clients.findClient(id);
      const { grants, ongoingCalls: ongoing } = await clients.countUse(client.id);
      return { ...adminClient(client), grants, ongoing };
    },
  );

  app.post(
    '/admin/clients',
    {
      config,
      schema: {
        operationId: 'registerClient',
        summary: 'Register a client',
        description: 'Classic clients cannot register themselves. The secret is shown only once.',
        tags,
        body: NewClient,
        response: { 201: answer(ClientWithSecret, 'The client is registered.') },
        errors: [ClientMetadataInvalid],
      },
    },
    async (request, reply) => {
      const registered = await clients.registerClient(request.body, actorOf(request));
      return reply.code(201).header('cache-control', 'no-store').send(clientWithSecret(registered));
    },
  );

  app.post(
    '/admin/clients/:id/secret',
    {
      config,
      schema: {
        operationId: 'rotateClientSecret',
        summary: 'Rotate a client’s secret',
        description: 'The old secret stops working at once. The new one is shown only once.',
        tags,
        params: ClientParams,
        response: { 200: answer(ClientWithSecret, 'The client has a new secret.') },
        errors: [ClientNotFound, ClientHasNoSecret],
      },
    },
    async (request, reply) => {
      const rotated = await clients.rotateSecret(request.params.id, actorOf(request));
      return reply.header('cache-control', 'no-store').send(clientWithSecret(rotated));
    },
  );

  app.delete(
    '/admin/clients/:id',
    {
      config,
      schema: {
        operationId: 'removeClient',
        summary: 'Remove a client',
        description: 'Also revokes its grants and tokens, and ends its ongoing calls.',
        tags,
        params: ClientParams,
        response: { 204: empty('The client is removed.') },
        errors: [ClientNotFound],
      },
    },
    async (request, reply) => {
      await clients.removeClient(request.params.id, actorOf(request));
      return reply.code(204).send();
    },
  );
};
