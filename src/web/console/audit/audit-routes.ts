import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AuditLog } from '../../../core/audit/audit-log.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { format } from '../../../platform/http/export.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { sendAuditExport } from '../../representations/audit-export.ts';
import { type AuditQuery, auditParameters, readAuditFilter } from '../../representations/audit-query.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { problemIn } from '../parts/problem-page.ts';
import { leaveOutEmpty } from '../parts/query.ts';
import { AUDIT_LOG, type AuditView, auditBody } from './audit-page.ts';

const PAGE_SIZE = 50;
const Query = Type.Object({ ...auditParameters, page_token: Type.Optional(Type.String({ maxLength: 256 })) });

/** Who did what; and as a file. */
export function consoleAuditRoutes(auditLog: AuditLog) {
  const pageOf = (request: FastifyRequest, view: AuditView) =>
    consolePage({
      title: 'Audit log',
      current: AUDIT_LOG,
      administrator: administratorOf(request),
      body: auditBody(view),
    });

  const errorPage = problemIn(AUDIT_LOG, async (error, request) =>
    error instanceof InvalidInput
      ? pageOf(request, { asked: request.query as AuditQuery, wrong: error.message })
      : undefined,
  );

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'console', errorPage } as const;
    const preValidation = leaveOutEmpty;

    app.get(
      AUDIT_LOG,
      { config, preValidation, schema: { hide: true, querystring: Query } },
      async (request, reply) => {
        const { page_token, ...asked } = request.query;
        const page = await auditLog.list(readAuditFilter(asked), { size: PAGE_SIZE, token: page_token });
        return sendPage(reply, pageOf(request, { asked, page }));
      },
    );

    app.get(
      `${AUDIT_LOG}/export`,
      {
        config,
        preValidation,
        exposeHeadRoute: false,
        schema: { hide: true, querystring: Type.Object({ ...auditParameters, format }) },
      },
      async (request, reply) => {
        const { format: chosen, ...asked } = request.query;
        const filter = readAuditFilter(asked);
        const pages = auditLog.exportActs(filter, actorOf(request));
        return sendAuditExport(request, reply, chosen, pages);
      },
    );
  };
}
