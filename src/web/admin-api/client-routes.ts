import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Client, ClientService, RegisteredClient } from '../../core/clients/client-service.ts';
import { actorOf } from '../entry/actor.ts';
import {
  type AdminClient,
  type ClientWithSecret,
  findClient,
  listClients,
  registerClient,
  removeClient,
  rotateSecret,
} from './client-operations.ts';

export function adminClientRoutes(clients: ClientService) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'administrator' } as const;

    app.get('/admin/clients', { config, schema: listClients }, async () => ({
      clients: (await clients.listClients()).map(adminClient),
    }));

    app.get('/admin/clients/:id', { config, schema: findClient }, async ({ params }) => {
      const client = await clients.findClient(params.id);
      const { grants, ongoingCalls: ongoing } = await clients.countUse(client.id);
      return { ...adminClient(client), grants, ongoing };
    });

    app.post('/admin/clients', { config, schema: registerClient }, async (request, reply) => {
      const registered = await clients.registerClient(request.body, actorOf(request));
      return reply.code(201).header('cache-control', 'no-store').send(withSecret(registered));
    });

    app.post('/admin/clients/:id/secret', { config, schema: rotateSecret }, async (request, reply) => {
      const rotated = await clients.rotateSecret(request.params.id, actorOf(request));
      return reply.header('cache-control', 'no-store').send(withSecret(rotated));
    });

    app.delete('/admin/clients/:id', { config, schema: removeClient }, async (request, reply) => {
      await clients.removeClient(request.params.id, actorOf(request));
      return reply.code(204).send();
    });
  };
}

function adminClient(client: Client): AdminClient {
  const { id, name, classic, secretHash, origins, metadata, registeredBy, createdAt } = client;
  const redirectUris = (metadata['redirect_uris'] ?? []) as string[];
  return { id, name, classic, public: secretHash === null, redirectUris, origins, registeredBy, createdAt };
}

function withSecret({ client, secret }: RegisteredClient): ClientWithSecret {
  return { ...adminClient(client), ...(secret !== undefined && { secret }) };
}
