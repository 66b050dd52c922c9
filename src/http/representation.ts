import '@fastify/accepts';
import Builder from 'fast-xml-builder';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../domain-error.ts';

/** Elements by name; an array repeats its element; null and undefined are left out. */
export interface XmlTree {
  readonly [name: string]: XmlTree | readonly XmlTree[] | string | number | boolean | Date | null | undefined;
}

export type MediaType = 'json' | 'xml' | 'html' | 'text/event-stream';

/** The client accepts none of the representations there are. */
export class NotAcceptable extends DomainError {
  constructor(offered: readonly MediaType[]) {
    super(`This is available as ${offered.join(' or ')} only.`);
  }
}

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

const builder = new Builder({ processEntities: true, suppressEmptyNode: false });

/** A whole XML 1.0 document, declaration included; characters that XML cannot hold at all become U+FFFD. */
export function toXml(tree: XmlTree): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(textual(tree))}`;
}

/** XML 1.0 section 2.2: control characters but tab, line feed and carriage return are impossible, even escaped. */
const IMPOSSIBLE = /(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu;

function textual(tree: XmlTree): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, Array.isArray(value) ? value.map(textual) : textOf(value)]),
  );
}

function textOf(value: XmlTree[string]): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) return textual(value as XmlTree);
  return String(value).toWellFormed().replace(IMPOSSIBLE, '\ufffd');
}
