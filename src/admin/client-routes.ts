import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Client, ClientService, RegisteredClient } from '../clients/client-service.ts';
import { NoQuery } from '../http/query.ts';

const uri = Type.String({ minLength: 1, maxLength: 2048 });
const Registration = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    redirectUris: Type.Array(uri, { minItems: 1, maxItems: 20 }),
    classic: Type.Optional(Type.Boolean()),
    public: Type.Optional(Type.Boolean()),
    origins: Type.Optional(Type.Array(uri, { maxItems: 20 })),
  },
  { additionalProperties: false },
);
const One = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

export function adminClientRoutes(clients: ClientService) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'administrator' } as const;

    app.get('/admin/clients', { config, schema: { querystring: NoQuery } }, async () => ({
      clients: (await clients.listClients()).map(adminClient),
    }));

    app.post('/admin/clients', { config, schema: { body: Registration } }, async (request, reply) => {
      const registered = await clients.registerClient(request.body);
      return reply.code(201).header('cache-control', 'no-store').send(withSecret(registered));
    });

    app.post('/admin/clients/:id/secret', { config, schema: { params: One } }, async ({ params }, reply) =>
      reply.header('cache-control', 'no-store').send(withSecret(await clients.rotateSecret(params.id))),
    );

    app.delete('/admin/clients/:id', { config, schema: { params: One } }, async ({ params }, reply) => {
      await clients.removeClient(params.id);
      return reply.code(204).send();
    });
  };
}

function adminClient({ id, name, classic, secretHash, origins, metadata, createdAt }: Client) {
  return {
    id,
    name,
    classic,
    public: secretHash === null,
    redirectUris: metadata['redirect_uris'],
    origins,
    createdAt,
  };
}

function withSecret({ client, secret }: RegisteredClient) {
  return { ...adminClient(client), ...(secret !== undefined && { secret }) };
}
