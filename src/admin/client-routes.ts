import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Client, ClientService, RegisteredClient } from '../clients/client-service.ts';
import {
  type AdminClient,
  type ClientWithSecret,
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

    app.post('/admin/clients', { config, schema: registerClient }, async (request, reply) => {
      const registered = await clients.registerClient(request.body);
      return reply.code(201).header('cache-control', 'no-store').send(withSecret(registered));
    });

    app.post('/admin/clients/:id/secret', { config, schema: rotateSecret }, async ({ params }, reply) =>
      reply.header('cache-control', 'no-store').send(withSecret(await clients.rotateSecret(params.id))),
    );

    app.delete('/admin/clients/:id', { config, schema: removeClient }, async ({ params }, reply) => {
      await clients.removeClient(params.id);
      return reply.code(204).send();
    });
  };
}

function adminClient({ id, name, classic, secretHash, origins, metadata, createdAt }: Client): AdminClient {
  return {
    id,
    name,
    classic,
    public: secretHash === null,
    redirectUris: (metadata['redirect_uris'] ?? []) as string[],
    origins,
    createdAt,
  };
}

function withSecret({ client, secret }: RegisteredClient): ClientWithSecret {
  return { ...adminClient(client), ...(secret !== undefined && { secret }) };
}
