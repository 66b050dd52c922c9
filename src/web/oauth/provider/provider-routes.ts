import type { FastifyPluginAsync, HTTPMethods } from 'fastify';
import type { AuthorizationServer } from './authorization-server.ts';
import { introspection } from './introspection-routes.ts';
import { PROVIDER_ROUTE, passToProvider } from './pass-to-provider.ts';
import { postedAuthorization } from './posted-authorization.ts';

/** The provider's addresses. The provider itself decides who may use them. */
const ROUTES: readonly (readonly [HTTPMethods[], string])[] = [
  [['GET'], '/oauth/authorize'],
  [['GET'], '/oauth/authorize/:uid'],
  [['POST', 'OPTIONS'], '/oauth/token'],
  [['OPTIONS'], '/oauth/introspect'], // introspection-routes.ts registers POST
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

interface ProviderRoutesDeps {
  readonly publicUrl: string;
  readonly server: AuthorizationServer;
}

/** Mounts the authorization server in a scope of its own, because it parses request bodies itself. */
export const providerRoutes: FastifyPluginAsync<ProviderRoutesDeps> = async (app, { publicUrl, server }) => {
  await app.register(postedAuthorization);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  await app.register(introspection, { publicUrl, server });
  for (const [method, url] of ROUTES) {
    app.route({
      method,
      url,
      ...PROVIDER_ROUTE,
      handler: (request, reply) => passToProvider(server, publicUrl, request, reply),
    });
  }
};
