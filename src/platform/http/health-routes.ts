import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Database } from '../database/database.ts';
import { DATABASE_RETRY_AFTER, DatabaseUnavailable } from '../database/database-errors.ts';
import { isMigrated } from '../database/migrate.ts';
import { TAGS } from './openapi/operation.ts';
import { oneOf } from './openapi/values.ts';

const config = { entry: 'anyone' } as const;
const tags = [TAGS.server];

const showHealth = {
  operationId: 'showHealth',
  summary: 'Say that the process answers',
  description: 'For supervisors, which restart a process that does not.',
  tags,
  response: { 200: Type.Object({ status: Type.Literal('ok') }, { description: 'It does.' }) },
};

const showReadiness = {
  operationId: 'showReadiness',
  summary: 'Say whether the server can do its work',
  description: 'For load balancers: whether the database is reachable and up to date.',
  tags,
  response: {
    200: Type.Object({ status: Type.Literal('ok') }, { description: 'It can.' }),
    503: Type.Object(
      { status: oneOf(['database unavailable', 'migrations pending'], 'What is missing.') },
      {
        description: 'It cannot, for now.',
        headers: { 'Retry-After': Type.Integer({ description: 'When to ask again, in seconds.' }) },
      },
    ),
  },
};

/** For supervisors and load balancers: /healthz says that the process answers, /readyz that it can do its work. */
export function healthRoutes(app: FastifyInstance, database: Database): void {
  app.get('/healthz', { config, schema: showHealth }, async () => ({ status: 'ok' }));

  app.get('/readyz', { config, schema: showReadiness }, async (_request, reply) => {
    const migrated = await isMigrated(database).catch((error) => {
      if (error instanceof DatabaseUnavailable) return undefined;
      throw error;
    });
    if (migrated) return { status: 'ok' };
    return reply
      .code(503)
      .header('retry-after', String(DATABASE_RETRY_AFTER))
      .send({ status: migrated === undefined ? 'database unavailable' : 'migrations pending' });
  });
}
