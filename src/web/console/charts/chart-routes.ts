import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Statistics } from '../../../core/statistics/statistics-service.ts';
import { oneOf } from '../../../platform/http/openapi/values.ts';
import { CHART_SCRIPTS, CHART_STYLES } from '../../../platform/http/pages/chart.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { problemIn } from '../parts/problem-page.ts';
import { CHARTS, chartsBody, DAYS, HOURS } from './charts-page.ts';

const Query = Type.Object({
  hours: Type.Optional(oneOf(HOURS.map(String), 'How far ongoing calls are looked back for.')),
  days: Type.Optional(oneOf(DAYS.map(String), 'How far everything else is.')),
});

/** Figures at a glance. */
export function chartRoutes(statistics: Statistics) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'console', errorPage: problemIn(CHARTS) } as const;

    app.get(CHARTS, { config, schema: { hide: true, querystring: Query } }, async (request, reply) => {
      const { hours = '24', days = '30' } = request.query;
      const [ongoing, outcomes, connectTimes] = await Promise.all([
        statistics.ongoing(Number(hours)),
        statistics.outcomes(Number(days)),
        statistics.connectTimes(Number(days)),
      ]);
      return sendPage(
        reply,
        consolePage({
          title: 'Charts',
          current: CHARTS,
          administrator: administratorOf(request),
          scripts: CHART_SCRIPTS,
          styles: CHART_STYLES,
          body: chartsBody({ hours, days, ongoing, outcomes, connectTimes }),
        }),
      );
    });
  };
}
