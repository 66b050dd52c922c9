import { timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { hashToken } from '../../core/tokens/access-token.ts';
import { TokenInvalid } from '../../core/tokens/token-errors.ts';
import type { EnterMetrics } from '../entry/entry.ts';
import type { Metrics } from './metrics.ts';

interface MetricsDeps {
  readonly metrics: Metrics;
}

/** The node's metrics in the text format of Prometheus; not part of the API for applications. */
export const metricsRoutes: FastifyPluginAsync<MetricsDeps> = async (app, { metrics }) => {
  app.get('/metrics', { config: { entry: 'metrics' }, schema: { hide: true } }, async (_request, reply) => {
    reply.type(metrics.contentType);
    return metrics.text();
  });
};

/** Measures how long requests take, on all routes registered after it. */
export const requestTimer = fp<MetricsDeps>(
  async (app, { metrics }) => {
    app.addHook('onResponse', async ({ method, routeOptions }, { statusCode, elapsedTime }) => {
      metrics.timeRequest({
        method,
        route: routeOptions.url,
        status: statusCode,
        seconds: elapsedTime / 1000,
      });
    });
  },
  { name: 'request-timer' },
);

/** @param token without it, every request is refused */
export function guardMetrics(token: string | undefined): EnterMetrics {
  const expected = token === undefined ? undefined : hashToken(token);
  return ({ hash, inQuery }) => {
    if (inQuery || expected === undefined || !timingSafeEqual(hash, expected)) {
      throw new TokenInvalid('The access token must be the value of METRICS_TOKEN.');
    }
  };
}
