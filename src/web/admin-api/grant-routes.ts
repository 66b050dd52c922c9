import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { ClientService } from '../../core/clients/client-service.ts';
import type { GrantService } from '../../core/grants/grant-service.ts';
import type { UserService } from '../../core/people/user-service.ts';
import { readPage } from '../../platform/http/query.ts';
import { actorOf } from '../entry/actor.ts';
import { listGrants, listGrantsOfClient, withdrawGrant } from './grant-operations.ts';

/** What users have granted, and its withdrawal. */
export function adminGrantRoutes(grants: GrantService, users: UserService, clients: ClientService) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'administrator' } as const;

    app.get('/admin/users/:name/grants', { config, schema: listGrants }, async ({ params }) => {
      const user = await users.findUser(params.name);
      const granted = await grants.listGrants(user.name);
      return {
        grants: granted.map(({ clientId, ...rest }) => ({ client: clientId, ...rest })),
      };
    });

    app.get(
      '/admin/clients/:id/grants',
      { config, schema: listGrantsOfClient },
      async ({ params, query }) => {
        const { id } = await clients.findClient(params.id);
        const { items, nextPageToken } = await grants.listGrantsOfClient(id, readPage(query));
        return { grants: items.map(({ userName: user, ...rest }) => ({ user, ...rest })), nextPageToken };
      },
    );

    app.delete(
      '/admin/users/:name/grants/:client',
      { config, schema: withdrawGrant },
      async (request, reply) => {
        const { name, client } = request.params;
        await grants.withdraw(name, client, actorOf(request));
        return reply.code(204).send();
      },
    );
  };
}
