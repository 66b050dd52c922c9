import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AuditLog } from '../../../core/audit/audit-log.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { format } from '../../../platform/http/export.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { sendAuditExport } from '../../representations/audit-export.ts';
import { type AuditQuery, auditParameters, readAuditFilter } from '../../representations/audit-query.ts';
import { AUDIT_LOG } from '../addresses.ts';
import { dropEmptyFields } from '../forms.ts';
import { consolePage, errorPageIn } from '../frame.ts';
import { type AuditView, auditBody } from './audit-page.ts';

const PAGE_SIZE = 50;
const Query = Type.Object({
  ...auditParameters,
  page_token: Type.Optional(Type.String({ maxLength: 256 })),
});
const ExportQuery = Type.Object({ ...auditParameters, format });

interface ConsoleAuditDeps {
  readonly auditLog: AuditLog;
}

/** Searching the audit log, and exporting the results. */
export const consoleAuditRoutes: FastifyPluginAsyncTypebox<ConsoleAuditDeps> = async (app, { auditLog }) => {
  const pageOf = (request: FastifyRequest, view: AuditView): Page =>
    consolePage(request, { title: 'Audit log', current: AUDIT_LOG, body: auditBody(view) });

  const errorPage = errorPageIn(AUDIT_LOG, async (error, request) =>
    error instanceof InvalidInput
      ? pageOf(request, { query: request.query as AuditQuery, wrong: error.message })
      : undefined,
  );
  const config = { entry: 'console', errorPage } as const;
  const preValidation = dropEmptyFields;

  app.get(
    AUDIT_LOG,
    { config, preValidation, schema: { hide: true, querystring: Query } },
    async (request, reply) => {
      const { page_token, ...query } = request.query;
      const page = await auditLog.list(readAuditFilter(query), { size: PAGE_SIZE, token: page_token });
      return sendPage(reply, pageOf(request, { query, page }));
    },
  );

  app.get(
    `${AUDIT_LOG}/export`,
    {
      config,
      preValidation,
      exposeHeadRoute: false,
      schema: { hide: true, querystring: ExportQuery },
    },
    async (request, reply) => {
      const { format: exportFormat, ...query } = request.query;
      const pages = auditLog.exportActs(readAuditFilter(query), actorOf(request));
      return sendAuditExport(request, reply, exportFormat, pages);
    },
  );
};
