import type { FastifyPluginAsync, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { KEEP_OPENER } from '../../../platform/http/opener-policy.ts';
import type { AuthorizationServer } from './authorization-server.ts';
import { markInProcess } from './in-process-requests.ts';
import { postedAuthorization } from './posted-authorization.ts';

/** The provider's addresses. The provider itself decides who may use them. */
const ROUTES: readonly (readonly [HTTPMethods[], string])[] = [
  [['GET'], '/oauth/authorize'],
  [['GET'], '/oauth/authorize/:uid'],
  [['POST', 'OPTIONS'], '/oauth/token'],
  [['POST', 'OPTIONS'], '/oauth/introspect'],
  [['POST', 'OPTIONS'], '/oauth/revoke'],
  [['POST', 'OPTIONS'], '/oauth/par'],
  [['POST', 'OPTIONS'], '/oauth/device_authorization'],
  [['GET', 'POST'], '/oauth/device'],
  [['GET'], '/oauth/device/:uid'],
  [['POST'], '/oauth/register'],
  [['POST'], '/oauth/end_session/confirm'], // when another user signs in with the same browser
  [['GET', 'OPTIONS'], '/oauth/jwks'],
  [['GET', 'OPTIONS'], '/.well-known/oauth-authorization-server'],
  [['GET', 'OPTIONS'], '/.well-known/openid-configuration'],
];

/** The provider adds the hashes of its own inline scripts to `script-src`. */
const PROVIDER_POLICY =
  "default-src 'none'; script-src; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";

interface ProviderRoutesDeps {
  readonly publicUrl: string;
  readonly server: AuthorizationServer;
}

/** Mounts the authorization server in a scope of its own, because it parses request bodies itself. */
export const providerRoutes: FastifyPluginAsync<ProviderRoutesDeps> = async (app, { publicUrl, server }) => {
  await app.register(postedAuthorization);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  for (const [method, url] of ROUTES) {
    app.route({
      method,
      url,
      config: { entry: 'anyone', errorStyle: 'oauth' },
      schema: { hide: true }, // the server's metadata describes them
      handler: (request, reply) => passToProvider(server, publicUrl, request, reply),
    });
  }
};

/**
 * Lets the provider respond to a request.
 * @param address a GET of the provider to respond to instead. The provider is a plain Node.js handler that reads method and URL
 * from the raw request, so this replaces them there.
 */
export async function passToProvider(
  server: AuthorizationServer,
  publicUrl: string,
  request: FastifyRequest,
  reply: FastifyReply,
  address?: string,
): Promise<void> {
  setForwardedHeaders(publicUrl, request);
  if (address !== undefined) {
    Object.assign(request.raw, { method: 'GET', url: address });
    markInProcess(request.raw);
  }
  reply.hijack();
  const headers = { ...reply.getHeaders(), ...KEEP_OPENER, 'content-security-policy': PROVIDER_POLICY };
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) reply.raw.setHeader(name, value);
  await server.respond(request.raw, reply.raw);
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
