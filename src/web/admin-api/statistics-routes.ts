import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Statistics } from '../../core/statistics/statistics-service.ts';
import { readCount } from '../../platform/http/query.ts';
import { showConnectTimes, showOngoing, showOutcomes } from './statistics-operations.ts';

export function adminStatisticsRoutes(statistics: Statistics) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'administrator' } as const;

    app.get('/admin/statistics/ongoing', { config, schema: showOngoing }, async ({ query }) =>
      statistics.ongoing(readCount('hours', query.hours ?? '24', 72)),
    );

    app.get('/admin/statistics/outcomes', { config, schema: showOutcomes }, async ({ query }) => ({
      days: await statistics.outcomes(readCount('days', query.days ?? '30', 90)),
    }));

    app.get('/admin/statistics/connect-times', { config, schema: showConnectTimes }, async ({ query }) =>
      statistics.connectTimes(readCount('days', query.days ?? '30', 90)),
    );
  };
}
