import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { SecondFactorAdministration } from '../../core/second-factors/second-factor-administration.ts';
import { actorOf } from '../entry/actor.ts';
import { listSecondFactors, resetSecondFactors } from './second-factor-operations.ts';

export function adminSecondFactorRoutes(secondFactors: SecondFactorAdministration) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'administrator' } as const;
    const path = '/admin/users/:name/second-factors';

    app.get(path, { config, schema: listSecondFactors }, async ({ params }) => ({
      secondFactors: await secondFactors.list(params.name),
    }));

    app.delete(path, { config, schema: resetSecondFactors }, async (request, reply) => {
      await secondFactors.reset(request.params.name, actorOf(request));
      return reply.code(204).send();
    });
  };
}
