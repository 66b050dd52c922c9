import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { actorOf } from '../http/actor.ts';
import type { GrantService } from '../oauth/consent/grant-service.ts';
import type { UserService } from '../people/user-service.ts';
import { listGrants, withdrawGrant } from './grant-operations.ts';

/** What users have granted, and its withdrawal. */
export function adminGrantRoutes(grants: GrantService, users: UserService) {
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
