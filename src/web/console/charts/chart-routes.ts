import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Statistics } from '../../../core/statistics/statistics-service.ts';
import { oneOf } from '../../../platform/http/openapi/values.ts';
import { CHART_SCRIPTS, CHART_STYLES } from '../../../platform/http/pages/chart.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { CHARTS } from '../addresses.ts';
import { consolePage, errorPageIn } from '../frame.ts';
import { chartsBody, DAYS, HOURS } from './charts-page.ts';

const Query = Type.Object({
  hours: Type.Optional(oneOf(HOURS.map(String), 'Period of the chart of ongoing calls.')),
  days: Type.Optional(oneOf(DAYS.map(String), 'Period of the other charts.')),
});

interface ConsoleChartDeps {
  readonly statistics: Statistics;
}

export const consoleChartRoutes: FastifyPluginAsyncTypebox<ConsoleChartDeps> = async (
  app,
  { statistics },
) => {
  app.get(
    CHARTS,
    {
      config: { entry: 'console', errorPage: errorPageIn(CHARTS) },
      schema: { hide: true, querystring: Query },
    },
    async (request, reply) => {
      const { hours = '24', days = '30' } = request.query;
      const [ongoing, outcomes, reasons, connectTimes] = await Promise.all([
        statistics.ongoing(Number(hours)),
        statistics.outcomes(Number(days)),
        statistics.reasons(Number(days)),
        statistics.connectTimes(Number(days)),
      ]);
      const page = consolePage(request, {
        title: 'Charts',
        current: CHARTS,
        scripts: CHART_SCRIPTS,
        styles: CHART_STYLES,
        body: chartsBody({ hours, days, ongoing, outcomes, reasons, connectTimes }),
      });
      return sendPage(reply, page);
    },
  );
};
