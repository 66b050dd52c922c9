import { hash } from 'node:crypto';
import type { FastifySchema } from 'fastify';
import fp from 'fastify-plugin';
import isFresh from 'fresh';
import { Type } from 'typebox';
import { empty } from './openapi/response.ts';

const ETag = Type.String({
  description: 'Send it as `If-None-Match` to learn whether the content has changed.',
});

type Responses = Readonly<Record<number, { readonly headers?: object; readonly content?: object }>>;

/**
 * Gives each successful response to GET an `ETag`, and answers 304 without a body if the client already has the same content
 * (RFC 9110 sections 8.8.3 and 13.1.2). A route of large content sets an `ETag` of its own; streams have none. Documents both for the routes that are registered after it.
 */
export const conditionalRequests = fp(
  async (app) => {
    app.addHook('onRoute', (route) => {
      if (route.method === 'GET' && route.schema) route.schema = withEtag(route.schema);
    });

    app.addHook('onSend', async (request, reply, payload) => {
      const isContent = typeof payload === 'string' || Buffer.isBuffer(payload);
      if (!isContent || !['GET', 'HEAD'].includes(request.method) || reply.statusCode !== 200) return payload;
      const etag = String(reply.getHeader('etag') ?? `"${hash('sha256', payload, 'base64url')}"`);
      reply.header('etag', etag);
      // Without Cache-Control: the `no-cache` that `fetch` adds to a conditional request is meant for caches.
      const { 'if-none-match': known = '' } = request.headers;
      if (!isFresh({ 'if-none-match': known }, { etag })) return payload;
      reply.code(304).removeHeader('content-type');
      return request.method === 'HEAD' ? payload : null; // Fastify removes the body of a response to HEAD itself
    });
  },
  { name: 'conditional-requests' },
);

function withEtag(schema: FastifySchema): FastifySchema {
  const responses = (schema.response ?? {}) as Responses;
  const { 200: content } = responses;
  if (!content || 'text/event-stream' in (content.content ?? {})) return schema;
  const headers = { ...content.headers, ETag };
  const notModified = empty('The content is still that of the `ETag` in `If-None-Match`.', headers);
  return { ...schema, response: { ...responses, 200: { ...content, headers }, 304: notModified } };
}
