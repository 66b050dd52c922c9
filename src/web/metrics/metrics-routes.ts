import { timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { hashToken } from '../../core/tokens/access-token.ts';
import { TokenInvalid } from '../../core/tokens/token-errors.ts';
import type { MetricsGuard } from '../entry/entry.ts';
import type { Metrics } from './metrics.ts';

interface MetricsRoutesDeps {
  readonly metrics: Metrics;
}

/** The metrics of this node in Prometheus's text format. The API definition does not list the route. */
export const metricsRoutes: FastifyPluginAsync<MetricsRoutesDeps> = async (app, { metrics }) => {
  app.get('/metrics', { config: { entry: 'metrics' }, schema: { hide: true } }, async (_request, reply) => {
    reply.type(metrics.contentType);
    return metrics.render();
  });
};

/** Measures the duration of requests to all routes registered after it. */
export const requestTimer = fp<MetricsRoutesDeps>(
  async (app, { metrics }) => {
    app.addHook('onResponse', async ({ method, routeOptions }, { statusCode, elapsedTime }) => {
      metrics.observeRequest({
        method,
        route: routeOptions.url,
        status: statusCode,
        seconds: elapsedTime / 1000,
      });
    });
  },
  { name: 'request-timer' },
);

/** @param token METRICS_TOKEN; if it is undefined, the guard refuses every request */
export function createMetricsGuard(token: string | undefined): MetricsGuard {
  const expected = token === undefined ? undefined : hashToken(token);
  return ({ hash, inQuery }) => {
    if (inQuery || expected === undefined || !timingSafeEqual(hash, expected)) {
      throw new TokenInvalid('The access token must be the value of METRICS_TOKEN.');
    }
  };
}
