import '@fastify/accepts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NotAcceptable } from './errors/request-errors.ts';

/** Elements by name. An array repeats its element; null and undefined are omitted. */
export interface XmlTree {
  readonly [name: string]: XmlTree | readonly XmlTree[] | string | number | boolean | Date | null | undefined;
}

export type MediaType = 'json' | 'xml' | 'html' | 'text/event-stream';

/**
 * Returns the offered type with the highest q-value in the Accept header; on a tie the one that the header names first. Without
 * the header, or if it allows any type, returns the first offered type.
 * @throws NotAcceptable
 */
export function negotiate(request: FastifyRequest, ...offered: MediaType[]): MediaType {
  const names = offered.flatMap((type) => (type === 'xml' ? ['application/xml', 'text/xml'] : [type]));
  const preferred = request.accepts().type(names);
  const name = Array.isArray(preferred) ? preferred[0] : preferred;
  if (!name) throw new NotAcceptable(offered);
  return name.endsWith('xml') ? 'xml' : (name as MediaType);
}

/** Sends the content as JSON or XML, as the client prefers. */
export function represent(
  request: FastifyRequest,
  reply: FastifyReply,
  content: { readonly json: unknown; readonly xml: XmlTree },
): FastifyReply {
  reply.header('vary', [reply.getHeader('vary'), 'Accept'].filter(Boolean).join(', '));
  return negotiate(request, 'json', 'xml') === 'xml'
    ? reply.type('application/xml; charset=utf-8').send(toXml(content.xml))
    : reply.send(content.json);
}

/** Returns an XML 1.0 document with its declaration. Replaces characters that XML does not allow by U+FFFD. */
export function toXml(tree: XmlTree): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${elementsOf(tree)}`;
}

/** Element names are constants of this server and need no escaping. */
function elementsOf(tree: XmlTree): string {
  return Object.entries(tree)
    .flatMap(([name, value]) => [value].flat().map((each) => ({ name, value: each })))
    .filter(({ value }) => value !== null && value !== undefined)
    .map(({ name, value }) => `<${name}>${contentOf(value)}</${name}>`)
    .join('');
}

function contentOf(value: XmlTree[string]): string {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) return elementsOf(value as XmlTree);
  return escapeXml(String(value).toWellFormed());
}

/** XML 1.0 section 2.2 does not allow these characters, even escaped: most control characters, and two more. */
const NOT_ALLOWED = /[^\t\n\r\u{20}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** Parsers read an unescaped carriage return as a line feed (section 2.11). */
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
};

function escapeXml(text: string): string {
  return text.replace(NOT_ALLOWED, '\ufffd').replace(/[&<>"'\r]/g, (sign) => ESCAPES[sign] ?? sign);
}
