import cors from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ClientService } from '../../core/clients/client-service.ts';
import { presentedTokenHash } from './bearer-token.ts';

/** In seconds. */
const PREFLIGHT_CACHED_FOR = 600;

/** Lets scripts of a client's registered origins use the routes of `app`; other origins get no CORS headers at all. */
export async function allowRegisteredOrigins(app: FastifyInstance, clients: ClientService): Promise<void> {
  await app.register(cors, {
    delegator: async (request: FastifyRequest) => {
      const { origin } = request.headers;
      const registered =
        origin !== undefined && (await clients.isOriginRegistered(origin, presentedTokenHash(request)));
      return {
        origin: registered ? origin : false,
        methods: ['GET', 'POST', 'PUT', 'DELETE'],
        allowedHeaders: [
          'Authorization',
          'Authentication',
          'DPoP',
          'Content-Type',
          'Accept',
          'Idempotency-Key',
          'Last-Event-ID',
          'X-Correlator',
        ],
        exposedHeaders: [
          'Location',
          'WWW-Authenticate',
          'Retry-After',
          'RateLimit',
          'RateLimit-Policy',
          'Idempotent-Replayed',
          'X-Correlator',
        ],
        maxAge: PREFLIGHT_CACHED_FOR,
      };
    },
  });
}
