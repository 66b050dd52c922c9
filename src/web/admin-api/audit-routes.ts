import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { AuditLog } from '../../core/audit/audit-log.ts';
import { readPage } from '../../platform/http/query.ts';
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
      const { items, nextPageToken } = await auditLog.list(readAuditFilter(query), readPage(query));
      return { acts: [...items], nextPageToken };
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
