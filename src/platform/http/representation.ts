import '@fastify/accepts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NotAcceptable } from './errors/request-errors.ts';

/** Elements by name; an array repeats its element; null and undefined are left out. */
export interface XmlTree {
  readonly [name: string]: XmlTree | readonly XmlTree[] | string | number | boolean | Date | null | undefined;
}

export type MediaType = 'json' | 'xml' | 'html' | 'text/event-stream';

/**
 * The offered type that the client prefers by the q-values of its Accept header; on a tie the one that the header
 * names first; the first one offered for no header or any type.
 * @throws NotAcceptable
 */
export function negotiate(request: FastifyRequest, ...offered: MediaType[]): MediaType {
  const names = offered.flatMap((type) => (type === 'xml' ? ['application/xml', 'text/xml'] : [type]));
  const preferred = request.accepts().type(names);
  const name = Array.isArray(preferred) ? preferred[0] : preferred;
  if (!name) throw new NotAcceptable(offered);
  return name.endsWith('xml') ? 'xml' : (name as MediaType);
}

/** Sends the same content as JSON or XML, whichever the client prefers. */
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

/** A whole XML 1.0 document, declaration included; characters that XML cannot hold at all become U+FFFD. */
export function toXml(tree: XmlTree): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${elementsOf(tree)}`;
}

/** Names of elements are ours, and need no escaping. */
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
  return escaped(String(value).toWellFormed());
}

/** XML 1.0 section 2.2: most control characters of ASCII and two more are impossible, even escaped. */
const IMPOSSIBLE = /[^\t\n\r\u{20}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** A carriage return that stands as it is, parsers read as a line feed (section 2.11). */
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '\r': '&#13;' },
};

function escaped(text: string): string {
  return text.replace(IMPOSSIBLE, '\ufffd').replace(/[&<>"'\r]/g, (sign) => ESCAPES[sign] ?? sign);
}
