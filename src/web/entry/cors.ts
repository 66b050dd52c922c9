import cors from '@fastify/cors';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { ClientService } from '../../core/clients/client-service.ts';
import { NotFound } from '../../platform/http/errors/request-errors.ts';
import { presentedTokenHash } from './bearer-token.ts';

const PREFLIGHT_MAX_AGE_SECONDS = 600;

export interface RegisteredOriginsDeps {
  readonly clients: ClientService;
  /** The paths at and below which scripts may also read that there is nothing, or not for the method. */
  readonly paths: readonly string[];
}

/** Allows scripts of the origins that clients registered (CORS), on the routes of its scope. */
export const registeredOrigins = fp<RegisteredOriginsDeps>(
  async (app, { clients, paths }) => {
    // A preflight request has a route of its own, so its path has to say whether the header Authentication is read there.
    const readAuthentication = new Set<string>();
    app.addHook('onRoute', ({ url, config }) => {
      if (config?.authenticationHeader) readAuthentication.add(url);
    });
    await app.register(cors, {
      delegator: async (request: FastifyRequest) => {
        const { origin } = request.headers;
        const [path = ''] = request.url.split('?');
        const registered =
          origin !== undefined && (await clients.isOriginRegistered(origin, presentedTokenHash(request)));
        return {
          origin: registered ? origin : false,
          methods: ['GET', 'POST', 'PUT', 'DELETE'],
          allowedHeaders: [
            'Authorization',
            ...(readAuthentication.has(path) ? ['Authentication'] : []),
            'DPoP',
            'Content-Type',
            'Accept',
            'Idempotency-Key',
            'If-None-Match',
            'Last-Event-ID',
            'X-Correlator',
          ],
          exposedHeaders: [
            'ETag',
            'Location',
            'WWW-Authenticate',
            'Retry-After',
            'RateLimit',
            'RateLimit-Policy',
            'Idempotent-Replayed',
            'X-Correlator',
          ],
          maxAge: PREFLIGHT_MAX_AGE_SECONDS,
        };
      },
    });
    // A handler of its own gives the addresses without a route the hooks of this scope.
    for (const prefix of paths)
      app.register(
        async (below) => {
          below.setNotFoundHandler(() => {
            throw new NotFound();
          });
        },
        { prefix },
      );
  },
  { name: 'registered-origins' },
);
