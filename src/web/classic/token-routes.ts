import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { AuthorizationServer } from '../oauth/provider/authorization-server.ts';
import { ClientUnknown } from './authorization-errors.ts';
import { redeemCode } from './token-operations.ts';

/** The 2012 way to redeem a code: a GET that redirects with the token in the fragment. */
export function classicTokenRoutes(server: AuthorizationServer) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      '/oauth/token',
      {
        exposeHeadRoute: false, // a HEAD, as link checkers send it, would redeem the code
        config: { entry: 'anyone', errorStyle: 'classic' },
        schema: redeemCode,
      },
      async ({ query, ip }, reply) => {
        const { client_id, client_secret, code, redirect_uri, grant_type } = query;
        const client = await server.provider.Client.find(client_id);
        if (client?.['classic'] !== true) throw new ClientUnknown();
        const answer = await app.inject({
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
        if (answer.statusCode !== 200) {
          const { 'www-authenticate': challenge, 'retry-after': retryAfter } = answer.headers;
          reply.headers({
            ...(challenge && { 'www-authenticate': challenge }),
            ...(retryAfter && { 'retry-after': retryAfter }),
          });
          return reply.code(answer.statusCode as 400 | 401).send(answer.json());
        }
        const { access_token, token_type, expires_in } = answer.json();
        return reply.redirect(
          `${redirect_uri}#${new URLSearchParams({ access_token, token_type, expires_in })}`,
          303,
        );
      },
    );
  };
}
