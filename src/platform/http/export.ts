import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { oneOf } from './openapi/values.ts';

const MEDIA_TYPES = { csv: 'text/csv', jsonl: 'application/x-ndjson' } as const;

export type ExportFormat = keyof typeof MEDIA_TYPES;
export type Cell = string | number | boolean | Date | object | null;

/** A reader that takes nothing for so long has gone. */
const STALLED_MS = 60_000;

/** A table of any length. */
export interface Exported {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Rows have a cell for each column. The next page is asked for when there is room for it: memory does not grow. */
  readonly pages: AsyncIterable<readonly (readonly Cell[])[]>;
}

/** The query parameter of every export. */
export const format = Type.Optional(
  oneOf(['csv', 'jsonl'], 'CSV or JSON Lines; without it the `Accept` header decides, else it is CSV.'),
);

/** The response of every export. */
export const exportResponse = {
  description:
    'The whole table; the names of the columns come first in CSV, and in every line of JSON Lines.',
  headers: { 'Content-Disposition': Type.String({ description: 'Has browsers save it as a file.' }) },
  content: {
    'text/csv': {
      schema: Type.String({
        description:
          'RFC 4180. What a spreadsheet would take for a formula starts with an apostrophe; a phone number does not.',
      }),
    },
    'application/x-ndjson': { schema: Type.String({ description: 'A JSON object a line.' }) },
  },
};

/** Streams a table. When it breaks off, so does the connection, and nobody takes the part for the whole. */
export function sendExport(
  request: FastifyRequest,
  reply: FastifyReply,
  asked: ExportFormat | undefined,
  { name, columns, pages }: Exported,
): FastifyReply {
  const preferred = request.accepts().type(Object.values(MEDIA_TYPES));
  const chosen = asked ?? (preferred === MEDIA_TYPES.jsonl ? 'jsonl' : 'csv');
  const texts = chosen === 'csv' ? csvOf(columns, pages) : linesOf(columns, pages);
  return sendFile(reply, MEDIA_TYPES[chosen], `${name}.${chosen}`, texts);
}

/** Streams one JSON document, which comes in pieces. @param name of the file, without its ending */
export function sendJsonDocument(
  reply: FastifyReply,
  name: string,
  pieces: AsyncIterable<string>,
): FastifyReply {
  return sendFile(reply, 'application/json', `${name}.json`, pieces);
}

function sendFile(
  reply: FastifyReply,
  type: string,
  name: string,
  pieces: AsyncIterable<string>,
): FastifyReply {
  reply.raw.setTimeout(STALLED_MS, () => reply.raw.destroy());
  return reply
    .type(`${type}; charset=utf-8`)
    .header('content-disposition', `attachment; filename="${name}"`)
    .send(Readable.from(pieces, { objectMode: false }));
}

/** The names come with the first page: what fails before it can still be answered as an error. */
async function* csvOf(columns: readonly string[], pages: Exported['pages']): AsyncGenerator<string> {
  let names = stringify([columns]);
  for await (const page of pages) {
    yield names + stringify(page.map((row) => row.map(textual)));
    names = '';
  }
  if (names !== '') yield names;
}

async function* linesOf(columns: readonly string[], pages: Exported['pages']): AsyncGenerator<string> {
  for await (const page of pages) {
    const lines = page.map((row) =>
      JSON.stringify(Object.fromEntries(row.map((cell, i) => [columns[i], cell]))),
    );
    if (lines.length > 0) yield `${lines.join('\n')}\n`;
  }
}

/** How spreadsheets begin a formula, and the wide forms that some take for the same. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
/** Nothing to be calculated in a + and digits, so it stays as people know it. */
const PHONE_NUMBER = /^\+\d+$/;

function textual(cell: Cell): string | number | null {
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell === 'object' && cell !== null) return JSON.stringify(cell);
  if (typeof cell === 'string' && FORMULA.test(cell) && !PHONE_NUMBER.test(cell)) return `'${cell}`;
  return typeof cell === 'boolean' ? String(cell) : cell;
}
