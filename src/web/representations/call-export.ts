import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Call } from '../../core/calls/call.ts';
import { type ExportFormat, sendExport } from '../../platform/http/export.ts';
import { adminCall, callCells, EXPORT_COLUMNS } from './admin-call.ts';

/** Streams calls as a file. */
export function sendCallExport(
  request: FastifyRequest,
  reply: FastifyReply,
  format: ExportFormat | undefined,
  pages: AsyncIterable<readonly Call[]>,
): FastifyReply {
  return sendExport(request, reply, format, {
    name: 'calls',
    columns: EXPORT_COLUMNS,
    pages: cellsOf(pages),
  });
}

async function* cellsOf(pages: AsyncIterable<readonly Call[]>) {
  for await (const page of pages) {
    const now = new Date();
    yield page.map((call) => callCells(adminCall(call, now)));
  }
}
