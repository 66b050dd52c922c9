import { IncomingMessage } from 'node:http';
import type { FastifyPluginAsync } from 'fastify';
import type { AuthorizationServer } from './authorization-server.ts';
import { isUsualIntrospection, readIntrospection } from './introspection-request.ts';
import { PROVIDER_HEADERS, PROVIDER_ROUTE, passToProvider } from './pass-to-provider.ts';

const INTROSPECTION = '/oauth/introspect';

/** The headers that the provider sends with its answer. */
const HEADERS = {
  ...PROVIDER_HEADERS,
  'cache-control': 'no-store',
  vary: 'Origin',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate',
  'content-type': 'application/json; charset=utf-8',
};

interface IntrospectionDeps {
  readonly publicUrl: string;
  readonly server: AuthorizationServer;
}

/**
 * Introspection (RFC 7662) with the secret of a client, without the middleware of the provider: see docs/adr/0040. The provider
 * answers everything else, refusals too.
 */
export const introspection: FastifyPluginAsync<IntrospectionDeps> = async (app, { publicUrl, server }) => {
  app.post(INTROSPECTION, PROVIDER_ROUTE, async (request, reply) => {
    const { raw, headers } = request;
    if (raw.url !== INTROSPECTION || !isUsualIntrospection(headers))
      return passToProvider(server, publicUrl, request, reply);
    const body = await readBody(raw);
    const question = readIntrospection(headers, body);
    const answer = question && (await server.introspect(question));
    if (!answer) return passToProvider(server, publicUrl, request, reply, withBody(raw, body));
    return reply.headers(HEADERS).send(JSON.stringify(answer));
  });
};

/** @returns what has arrived, if the client disconnects early */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('close', () => resolve(Buffer.concat(chunks)));
    request.once('end', () => resolve(Buffer.concat(chunks)));
  });
}

/** The request with a body that was already read from it, for another reader. */
function withBody(request: IncomingMessage, body: Buffer): IncomingMessage {
  const { method, url, headers, rawHeaders, httpVersion, httpVersionMajor, httpVersionMinor } = request;
  const copy = Object.assign(new IncomingMessage(request.socket), {
    ...{ method, url, headers, rawHeaders, httpVersion, httpVersionMajor, httpVersionMinor },
    complete: true,
  });
  copy.push(body);
  copy.push(null);
  return copy;
}
