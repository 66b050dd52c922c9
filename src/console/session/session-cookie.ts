import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuthorizationServer } from '../../oauth/provider/authorization-server.ts';
import { providerContext } from '../../oauth/provider/provider-routes.ts';
import { CONSOLE } from '../return-to.ts';

const NAME = 'clicktocall_console';

/** No other site's link or form brings it along; secure where the public address is. */
const COOKIE = { httpOnly: true, sameSite: 'strict', path: CONSOLE, signed: false, overwrite: true } as const;

export type SessionCookie = ReturnType<typeof createSessionCookie>;

/** Holds the token of the console's session, for as long as the browser runs. */
export function createSessionCookie(server: AuthorizationServer, publicUrl: string) {
  const cookiesOf = (request: FastifyRequest, reply: FastifyReply) =>
    providerContext(server, publicUrl, request, reply).cookies;
  return {
    read: (request: FastifyRequest, reply: FastifyReply): string | undefined =>
      cookiesOf(request, reply).get(NAME, { signed: false }),

    write(request: FastifyRequest, reply: FastifyReply, token: string): void {
      cookiesOf(request, reply).set(NAME, token, COOKIE);
    },

    clear(request: FastifyRequest, reply: FastifyReply): void {
      cookiesOf(request, reply).set(NAME, null, COOKIE);
    },
  };
}
