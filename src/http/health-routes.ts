import type { FastifyInstance } from 'fastify';
import type { Database } from '../database/database.ts';
import { RETRY_AFTER_SECONDS } from '../database/database-errors.ts';
import { isMigrated } from '../database/migrate.ts';

const config = { entry: 'anyone' } as const;

/** For supervisors and load balancers: /healthz says that the process answers, /readyz that it can do its work. */
export function healthRoutes(app: FastifyInstance, database: Database): void {
  app.get('/healthz', { config }, async () => ({ status: 'ok' }));

  app.get('/readyz', { config }, async (_request, reply) => {
    const migrated = await isMigrated(database).catch(() => undefined);
    if (migrated) return { status: 'ok' };
    return reply
      .code(503)
      .header('retry-after', String(RETRY_AFTER_SECONDS))
      .send({ status: migrated === undefined ? 'database unavailable' : 'migrations pending' });
  });
}
