import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Database } from '../database/database.ts';
import { DATABASE_RETRY_AFTER, DatabaseUnavailable } from '../database/database-errors.ts';
import { isMigrated } from '../database/migrate.ts';
import { SERVER_TAG } from './openapi/operation.ts';
import { oneOf } from './openapi/values.ts';

const config = { entry: 'anyone' } as const;
const tags = [SERVER_TAG];

/** For supervisors and load balancers. */
export const healthRoutes: FastifyPluginAsyncTypebox<{ readonly database: Database }> = async (
  app,
  { database },
) => {
  app.get(
    '/healthz',
    {
      config,
      schema: {
        operationId: 'showHealth',
        summary: 'Liveness check',
        description: 'For supervisors: restart a process that does not answer.',
        tags,
        response: {
          200: Type.Object({ status: Type.Literal('ok') }, { description: 'The process answers.' }),
        },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      config,
      schema: {
        operationId: 'showReadiness',
        summary: 'Readiness check',
        description: 'For load balancers: whether the database is reachable and its schema is up to date.',
        tags,
        response: {
          200: Type.Object({ status: Type.Literal('ok') }, { description: 'The server is ready.' }),
          503: Type.Object(
            { status: oneOf(['database unavailable', 'migrations pending'], 'What is missing.') },
            {
              description: 'The server is not ready.',
              headers: { 'Retry-After': Type.Integer({ description: 'When to try again, in seconds.' }) },
            },
          ),
        },
      },
    },
    async (_request, reply) => {
      const migrated = await isMigrated(database).catch((error) => {
        if (error instanceof DatabaseUnavailable) return undefined;
        throw error;
      });
      if (migrated) return { status: 'ok' as const };
      return reply
        .code(503)
        .header('retry-after', String(DATABASE_RETRY_AFTER))
        .send({ status: migrated === undefined ? 'database unavailable' : 'migrations pending' });
    },
  );
};
