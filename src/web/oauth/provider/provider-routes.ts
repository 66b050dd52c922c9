import type { FastifyPluginAsync, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { AuthorizationServer } from './authorization-server.ts';

/** What the provider answers at, all of it entered by the rules of OAuth itself. */
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
  [['POST'], '/oauth/end_session/confirm'], // when somebody else signs in with the same browser
  [['GET', 'OPTIONS'], '/oauth/jwks'],
  [['GET', 'OPTIONS'], '/.well-known/oauth-authorization-server'],
  [['GET', 'OPTIONS'], '/.well-known/openid-configuration'],
];

/** The provider's pages with a script of its own add its hash to `script-src`. */
const PROVIDER_POLICY =
  "default-src 'none'; script-src; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";

interface ProviderDeps {
  readonly publicUrl: string;
  readonly server: AuthorizationServer;
}

/** Mounts the authorization server in a scope of its own, since it reads request bodies itself. */
export const providerRoutes: FastifyPluginAsync<ProviderDeps> = async (app, { publicUrl, server }) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  for (const [method, url] of ROUTES) {
    app.route({
      method,
      url,
      config: { entry: 'anyone', errorStyle: 'oauth' },
      schema: { hide: true }, // their definition is the metadata
      handler: (request, reply) => passToProvider(server, publicUrl, request, reply),
    });
  }
};

/**
 * Lets the provider respond to a request, in process.
 * @param address a GET of the provider to respond to instead. The provider is a plain Node.js handler: it reads method and URL
 * from the raw request and writes the raw response, so they are replaced there, as routers do that mount such handlers.
 */
export async function passToProvider(
  server: AuthorizationServer,
  publicUrl: string,
  request: FastifyRequest,
  reply: FastifyReply,
  address?: string,
): Promise<void> {
  announceToProvider(publicUrl, request);
  if (address !== undefined) Object.assign(request.raw, { method: 'GET', url: address });
  reply.hijack();
  const headers = { ...reply.getHeaders(), 'content-security-policy': PROVIDER_POLICY };
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) reply.raw.setHeader(name, value);
  await server.answer(request.raw, reply.raw);
}

/** What the provider sees of a request that it does not answer itself: for its sessions and signed cookies. */
export function providerContext(
  server: AuthorizationServer,
  publicUrl: string,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  announceToProvider(publicUrl, request);
  return server.provider.createContext(request.raw, reply.raw);
}

/** How cookies of ours are set beside the provider's: signed with the keys that all nodes share. */
export const COOKIE = { httpOnly: true, sameSite: 'lax', signed: true, overwrite: true } as const;

/**
 * Tells the provider how the request came: to the public address, and from the address that Fastify found, which knows
 * which proxies to trust. Whatever a client itself claims in these headers is overwritten.
 */
function announceToProvider(publicUrl: string, request: FastifyRequest): void {
  const { protocol, host } = new URL(publicUrl);
  Object.assign(request.raw.headers, {
    'x-forwarded-for': request.ip,
    'x-forwarded-proto': protocol.slice(0, -1),
    'x-forwarded-host': host,
  });
}
