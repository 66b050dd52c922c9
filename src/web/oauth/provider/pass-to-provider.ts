import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KEEP_OPENER } from '../../../platform/http/opener-policy.ts';
import { pageContextOf } from '../../../platform/http/pages/page-context.ts';
import type { AuthorizationServer } from './authorization-server.ts';
import { keepPageContext } from './provider-page-context.ts';

/** What the routes of the provider have in common. */
export const PROVIDER_ROUTE = {
  config: { entry: 'anyone', errorStyle: 'oauth' },
  schema: { hide: true }, // the server's metadata describes them
} as const;

/** The headers of the provider's responses that differ from those of the server. */
export const PROVIDER_HEADERS = {
  ...KEEP_OPENER,
  // The provider adds the hashes of its own inline scripts to `script-src`.
  'content-security-policy':
    "default-src 'none'; script-src; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
};

/**
 * Lets the provider respond to a request.
 * @param raw what the provider, a plain Node.js handler, gets as the request; it has the headers of the one that arrived
 */
export async function passToProvider(
  server: AuthorizationServer,
  publicUrl: string,
  request: FastifyRequest,
  reply: FastifyReply,
  raw: IncomingMessage = request.raw,
): Promise<void> {
  setForwardedHeaders(publicUrl, request);
  reply.hijack();
  for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...PROVIDER_HEADERS }))
    if (value !== undefined) reply.raw.setHeader(name, value);
  keepPageContext(reply.raw, pageContextOf(request));
  await server.respond(raw, reply.raw);
}

/** The provider's view of a request that it does not respond to; gives access to its sessions and signed cookies. */
export function providerContext(
  server: AuthorizationServer,
  publicUrl: string,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  setForwardedHeaders(publicUrl, request);
  return server.provider.createContext(request.raw, reply.raw);
}

/** Options of our own cookies. They are signed with the keys that all nodes share, like the provider's. */
export const COOKIE = { httpOnly: true, sameSite: 'lax', signed: true, overwrite: true } as const;

/**
 * Sets the headers from which the provider reads the public URL and the client's IP address. Fastify has found the address, because
 * it knows which proxies to trust. Overwrites what a client sent in these headers.
 */
function setForwardedHeaders(publicUrl: string, request: FastifyRequest): void {
  const { protocol, host } = new URL(publicUrl);
  Object.assign(request.raw.headers, {
    'x-forwarded-for': request.ip,
    'x-forwarded-proto': protocol.slice(0, -1),
    'x-forwarded-host': host,
  });
}
