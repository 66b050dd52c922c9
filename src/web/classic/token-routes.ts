import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { databaseErrors } from '../../platform/database/database-errors.ts';
import { redirect } from '../../platform/http/openapi/response.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import type { AuthorizationServer } from '../oauth/provider/authorization-server.ts';
import { TAGS } from '../representations/tags.ts';
import { ClientUnknown } from './authorization-errors.ts';
import { parameter } from './authorization-request.ts';

/** An error of the authorization server's token endpoint (RFC 6749 section 5.2). */
function tokenError<Code extends string>(code: Code, description: string) {
  return Type.Object(
    { error: oneOf([code], 'For programs.'), error_description: Type.Optional(Type.String()) },
    { additionalProperties: true, description },
  );
}

const InvalidInputOrGrant = Type.Union(
  [
    Type.Object({ error: oneOf(['invalid_input'], 'For programs.') }, { additionalProperties: true }),
    tokenError('invalid_grant', 'The code is unknown, expired or used, or belongs to another client.'),
  ],
  {
    description:
      '`invalid_input`: a parameter is missing or has the wrong form; `field` names it.\n\n`invalid_grant`: the code is unknown, expired or used, or belongs to another client or redirect URI.',
  },
);

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
          client_id: parameter,
          client_secret: parameter,
          code: parameter,
          redirect_uri: parameter,
          grant_type: Type.Literal('authorization_code'),
        }),
        response: {
          303: redirect('To `redirect_uri#access_token=…&token_type=Bearer&expires_in=3600`.'),
          400: InvalidInputOrGrant,
          401: tokenError('invalid_client', '`invalid_client`: the secret is wrong.'),
        },
        errors: [ClientUnknown, ...databaseErrors],
      },
    },
    async ({ query, ip }, reply) => {
      const { client_id, client_secret, code, redirect_uri, grant_type } = query;
      const client = await server.provider.Client.find(client_id);
      if (client?.['classic'] !== true) throw new ClientUnknown();
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
      if (response.statusCode !== 200) {
        const { 'www-authenticate': challenge, 'retry-after': retryAfter } = response.headers;
        reply.headers({
          ...(challenge && { 'www-authenticate': challenge }),
          ...(retryAfter && { 'retry-after': retryAfter }),
        });
        return reply.code(response.statusCode as 400 | 401).send(response.json());
      }
      const { access_token, token_type, expires_in } = response.json();
      const fragment = new URLSearchParams({ access_token, token_type, expires_in });
      return reply.redirect(`${redirect_uri}#${fragment}`, 303);
    },
  );
};
