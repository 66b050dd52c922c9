import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { hashToken } from '../../core/tokens/access-token.ts';
import { TokenInvalid } from '../../core/tokens/token-errors.ts';
import type { EnterMetrics } from '../entry/entry.ts';
import type { Metrics } from './metrics.ts';

/** Serves what was counted, in Prometheus's text format; no part of the API that applications use. */
export function metricsRoutes(app: FastifyInstance, metrics: Metrics): void {
  app.get('/metrics', { config: { entry: 'metrics' }, schema: { hide: true } }, async (_request, reply) => {
    reply.type(metrics.contentType);
    return metrics.text();
  });
}

/** To be called before routes are registered: they are timed from then on. */
export function timeRequests(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', async ({ method, routeOptions }, { statusCode, elapsedTime }) => {
    metrics.timeRequest({
      method,
      route: routeOptions.url,
      status: statusCode,
      seconds: elapsedTime / 1000,
    });
  });
}

/** @param token undefined: nobody is let in */
export function guardMetrics(token: string | undefined): EnterMetrics {
  const expected = token === undefined ? undefined : hashToken(token);
  return ({ hash, inQuery }) => {
    if (inQuery || expected === undefined || !timingSafeEqual(hash, expected)) {
      throw new TokenInvalid('The access token must be the value of METRICS_TOKEN.');
    }
  };
}
