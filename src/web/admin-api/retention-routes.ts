import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Retention } from '../../core/retention/retention.ts';
import { showRetention } from './retention-operations.ts';

export function adminRetentionRoutes(retention: Retention) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get('/admin/retention', { config: { entry: 'administrator' }, schema: showRetention }, async () => {
      const { days = null, action, lastRun } = await retention.show();
      return { days, action, ...(lastRun && { lastRun }) };
    });
  };
}
