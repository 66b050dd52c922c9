import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Action } from '../audit/act.ts';
import type { AuditFilter, AuditLog, RecordedAct } from '../audit/audit-log.ts';
import { actorOf } from '../http/actor.ts';
import { type Cell, sendExport } from '../http/export.ts';
import { readPageSize, readTime } from '../http/query.ts';
import { AdminAct, exportAuditLog, listAuditLog } from './audit-operations.ts';

const COLUMNS = Object.keys(AdminAct.properties) as (keyof RecordedAct)[];

/** What was done, and by whom. */
export function adminAuditRoutes(auditLog: AuditLog) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'administrator' } as const;

    app.get('/admin/audit-log', { config, schema: listAuditLog }, async ({ query }) => {
      const page = await auditLog.list(readFilter(query), readPageSize(query.page_size), query.page_token);
      return { ...page, acts: [...page.acts] };
    });

    app.get(
      '/admin/audit-log/export',
      { config, schema: exportAuditLog, exposeHeadRoute: false },
      async (request, reply) => {
        const { format, ...asked } = request.query;
        const filter = readFilter(asked);
        await auditLog.recordExport(filter, actorOf(request));
        const pages = rowsOf(auditLog.read(filter));
        return sendExport(request, reply, format, { name: 'audit-log', columns: COLUMNS, pages });
      },
    );
  };
}

interface Asked {
  readonly action?: Action;
  readonly actor?: string;
  readonly user?: string;
  readonly client?: string;
  readonly from?: string;
  readonly to?: string;
}

/** @throws InvalidInput */
function readFilter({ action, actor, user, client, from, to }: Asked): AuditFilter {
  return {
    action,
    actorName: actor,
    userName: user,
    clientId: client,
    from: from === undefined ? undefined : readTime('from', from),
    to: to === undefined ? undefined : readTime('to', to),
  };
}

async function* rowsOf(pages: AsyncIterable<readonly RecordedAct[]>): AsyncGenerator<Cell[][]> {
  for await (const page of pages) yield page.map((act) => COLUMNS.map((column) => act[column]));
}
