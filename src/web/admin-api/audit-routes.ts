import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { AuditLog } from '../../core/audit/audit-log.ts';
import { exportResponse, format } from '../../platform/http/export.ts';
import { nextPageToken, pageParameters, readPage } from '../../platform/http/query.ts';
import { actorOf } from '../entry/actor.ts';
import { AdminAct } from '../representations/admin-act.ts';
import { sendAuditExport } from '../representations/audit-export.ts';
import { auditParameters, readAuditFilter } from '../representations/audit-query.ts';
import { TAGS } from '../representations/tags.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminAuditLog];

interface AdminAuditDeps {
  readonly auditLog: AuditLog;
}

export const adminAuditRoutes: FastifyPluginAsyncTypebox<AdminAuditDeps> = async (app, { auditLog }) => {
  app.get(
    '/admin/audit-log',
    {
      config,
      schema: {
        operationId: 'listAuditLog',
        summary: 'List the audit log',
        description:
          'Security-relevant actions: who did what, when and from where; newest first. Every parameter except `page_size` and `page_token` is a filter. Entries are never changed or removed.',
        tags,
        querystring: Type.Object({ ...auditParameters, ...pageParameters }, { additionalProperties: false }),
        response: {
          200: Type.Object(
            { acts: Type.Array(AdminAct), nextPageToken },
            { description: 'A page of the audit log.' },
          ),
        },
      },
    },
    async ({ query }) => {
      const { items, nextPageToken } = await auditLog.list(readAuditFilter(query), readPage(query));
      return { acts: [...items], nextPageToken };
    },
  );

  app.get(
    '/admin/audit-log/export',
    {
      config,
      exposeHeadRoute: false,
      schema: {
        operationId: 'exportAuditLog',
        summary: 'Export the audit log',
        description: 'All matching entries, newest first. The export itself is recorded.',
        tags,
        querystring: Type.Object({ format, ...auditParameters }, { additionalProperties: false }),
        response: { 200: exportResponse },
      },
    },
    async (request, reply) => {
      const pages = auditLog.exportActs(readAuditFilter(request.query), actorOf(request));
      return sendAuditExport(request, reply, request.query.format, pages);
    },
  );
};
