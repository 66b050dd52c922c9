import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { DatabaseQueryFailed, databaseErrors } from '../../platform/database/database-errors.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import { InternalError } from '../../platform/http/errors/request-errors.ts';
import { redirect } from '../../platform/http/openapi/response.ts';
import type { AuthorizationServer } from '../oauth/provider/authorization-server.ts';
import { SAMPLES } from '../representations/samples.ts';
import { TAGS } from '../representations/tags.ts';
import { ClientUnknown, CodeRefused, SecretRefused } from './authorization-errors.ts';
import { parameter } from './authorization-request.ts';
import { findClassicClient } from './classic-client.ts';

interface ClassicTokenDeps {
  readonly server: AuthorizationServer;
}

/** The token endpoint of 2012: a GET that redeems a code and redirects with the token in the fragment. */
export const classicTokenRoutes: FastifyPluginAsyncTypebox<ClassicTokenDeps> = async (app, { server }) => {
  app.get(
    '/oauth/token',
    {
      config: { entry: 'anyone', errorStyle: 'classic' },
      exposeHeadRoute: false, // a HEAD request of a link checker would redeem the code
      schema: {
        operationId: 'redeemClassicCode',
        summary: 'Redeem a code',
        description: 'A code is valid for 60 seconds and works once.',
        tags: [TAGS.classicAuthorization],
        querystring: Type.Object({
          client_id: parameter('demo-classic'),
          client_secret: parameter('demo-classic-secret'),
          code: parameter('SplxlOBeZQQYbYS6WxSbIA'),
          redirect_uri: parameter(SAMPLES.redirectUri),
          grant_type: Type.Literal('authorization_code'),
        }),
        response: {
          303: redirect('To `redirect_uri#access_token=…&token_type=Bearer&expires_in=3600`.'),
        },
        errors: [CodeRefused, SecretRefused, ClientUnknown, ...databaseErrors],
      },
    },
    async ({ query, ip }, reply) => {
      const { client_id, client_secret, code, redirect_uri, grant_type } = query;
      await findClassicClient(server.provider, client_id);
      const response = await app.inject({
        method: 'POST',
        url: '/oauth/token',
        remoteAddress: ip,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({
          client_id,
          client_secret,
          code,
          redirect_uri,
          grant_type,
        }).toString(),
      });
      reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
      if (response.statusCode !== 200) throw refusalOf(response.statusCode, response.json());
      const { access_token, token_type, expires_in } = response.json();
      const fragment = new URLSearchParams({ access_token, token_type, expires_in });
      return reply.redirect(`${redirect_uri}#${fragment}`, 303);
    },
  );
};

/** The same refusal as an error of this API, which a browser gets as a page. @param body RFC 6749 section 5.2 */
function refusalOf(status: number, body: { error: string; error_description: string }): Error {
  const { error, error_description: description } = body;
  if (status === DatabaseQueryFailed.declaration.status) return new DatabaseQueryFailed(body);
  if (status >= 500) return new InternalError(body);
  if (error === SecretRefused.declaration.code) return new SecretRefused(description);
  return error === CodeRefused.declaration.code
    ? new CodeRefused(description)
    : new InvalidInput('request', description);
}
