import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RecordedAct } from '../../core/audit/audit-log.ts';
import { type Cell, type ExportFormat, sendExport } from '../../platform/http/export.ts';
import { AdminAct } from './admin-act.ts';

const COLUMNS = Object.keys(AdminAct.properties) as (keyof RecordedAct)[];

/** Streams entries of the audit log as a file. */
export function sendAuditExport(
  request: FastifyRequest,
  reply: FastifyReply,
  format: ExportFormat | undefined,
  pages: AsyncIterable<readonly RecordedAct[]>,
): FastifyReply {
  return sendExport(request, reply, format, { name: 'audit-log', columns: COLUMNS, pages: cellsOf(pages) });
}

async function* cellsOf(pages: AsyncIterable<readonly RecordedAct[]>): AsyncGenerator<Cell[][]> {
  for await (const page of pages) yield page.map((act) => COLUMNS.map((column) => act[column]));
}
