import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { AuditLog } from '../../core/audit/audit-log.ts';
import { readPageSize } from '../../platform/http/query.ts';
import { actorOf } from '../entry/actor.ts';
import { sendAuditExport } from '../representations/audit-export.ts';
import { readAuditFilter } from '../representations/audit-query.ts';
import { exportAuditLog, listAuditLog } from './audit-operations.ts';

/** What was done, and by whom. */
export function adminAuditRoutes(auditLog: AuditLog) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'administrator' } as const;

    app.get('/admin/audit-log', { config, schema: listAuditLog }, async ({ query }) => {
      const size = readPageSize(query.page_size);
      const { acts, nextPageToken } = await auditLog.list(readAuditFilter(query), size, query.page_token);
      return { acts: [...acts], nextPageToken };
    });

    app.get(
      '/admin/audit-log/export',
      { config, schema: exportAuditLog, exposeHeadRoute: false },
      async (request, reply) => {
        const filter = readAuditFilter(request.query);
        const pages = auditLog.exportActs(filter, actorOf(request));
        return sendAuditExport(request, reply, request.query.format, pages);
      },
    );
  };
}
