import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { oneOf } from './openapi/values.ts';

const MEDIA_TYPES = { csv: 'text/csv', jsonl: 'application/x-ndjson' } as const;

export type ExportFormat = keyof typeof MEDIA_TYPES;
export type Cell = string | number | boolean | Date | object | null;

/** Cuts a connection whose client reads nothing for this long. */
const STALLED_MS = 60_000;

/** A table of any length. */
export interface TableExport {
  /** Name of the file, without extension. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Each row has a cell for each column. The next page is read only when there is room in the buffer. */
  readonly pages: AsyncIterable<readonly (readonly Cell[])[]>;
}

/** The query parameter of every export. */
export const format = Type.Optional(
  oneOf(['csv', 'jsonl'], 'CSV or JSON Lines. By default the `Accept` header decides, then CSV.'),
);

/** The response of every export. */
export const exportResponse = {
  description:
    'The whole table. CSV starts with the names of the columns; each line of JSON Lines has them as property names.',
  headers: {
    'Content-Disposition': Type.String({ description: 'Makes browsers save the response as a file.' }),
  },
  content: {
    'text/csv': {
      schema: Type.String({
        description:
          'RFC 4180. A value that a spreadsheet could read as a formula starts with an apostrophe; phone numbers do not.',
      }),
    },
    'application/x-ndjson': { schema: Type.String({ description: 'One JSON object per line.' }) },
  },
};

/** Streams a table. An error cuts the connection, so that a client does not mistake a partial file for the whole. */
export function sendExport(
  request: FastifyRequest,
  reply: FastifyReply,
  requested: ExportFormat | undefined,
  { name, columns, pages }: TableExport,
): FastifyReply {
  const preferred = request.accepts().type(Object.values(MEDIA_TYPES));
  const chosen = requested ?? (preferred === MEDIA_TYPES.jsonl ? 'jsonl' : 'csv');
  const texts = chosen === 'csv' ? csvOf(columns, pages) : linesOf(columns, pages);
  return sendFile(reply, MEDIA_TYPES[chosen], `${name}.${chosen}`, texts);
}

/** Streams a JSON document. @param name name of the file, without extension. @param chunks parts of the document */
export function sendJsonDocument(
  reply: FastifyReply,
  name: string,
  chunks: AsyncIterable<string>,
): FastifyReply {
  return sendFile(reply, 'application/json', `${name}.json`, chunks);
}

function sendFile(
  reply: FastifyReply,
  type: string,
  name: string,
  chunks: AsyncIterable<string>,
): FastifyReply {
  reply.raw.setTimeout(STALLED_MS, () => reply.raw.destroy());
  return reply
    .type(`${type}; charset=utf-8`)
    .header('content-disposition', `attachment; filename="${name}"`)
    .send(Readable.from(chunks, { objectMode: false }));
}

/** Sends the header with the first page, so that an earlier failure can still become an error response. */
async function* csvOf(columns: readonly string[], pages: TableExport['pages']): AsyncGenerator<string> {
  let names = stringify([columns]);
  for await (const page of pages) {
    yield names + stringify(page.map((row) => row.map(csvCell)));
    names = '';
  }
  if (names !== '') yield names;
}

async function* linesOf(columns: readonly string[], pages: TableExport['pages']): AsyncGenerator<string> {
  for await (const page of pages) {
    const lines = page.map((row) =>
      JSON.stringify(Object.fromEntries(row.map((cell, i) => [columns[i], cell]))),
    );
    if (lines.length > 0) yield `${lines.join('\n')}\n`;
  }
}

/** The first characters of formulas in spreadsheets, including their full-width forms. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
/** A phone number is harmless as a formula, so it stays unchanged. */
const PHONE_NUMBER = /^\+\d+$/;

function csvCell(cell: Cell): string | number | null {
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell === 'object' && cell !== null) return JSON.stringify(cell);
  if (typeof cell === 'string' && FORMULA.test(cell) && !PHONE_NUMBER.test(cell)) return `'${cell}`;
  return typeof cell === 'boolean' ? String(cell) : cell;
}
