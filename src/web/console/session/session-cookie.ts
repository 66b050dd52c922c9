import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONSOLE_COOKIE } from '../../entry/console-cookie.ts';
import type { AuthorizationServer } from '../../oauth/provider/authorization-server.ts';
import { providerContext } from '../../oauth/provider/provider-routes.ts';

/**
 * No other site's link or form brings it along; secure where the public address is. It comes with every address: whether an
 * application may be let administer depends on it too.
 */
const COOKIE = { httpOnly: true, sameSite: 'strict', path: '/', signed: false, overwrite: true } as const;

export type SessionCookie = ReturnType<typeof createSessionCookie>;

/** Holds the token of the console's session, for as long as the browser runs. */
export function createSessionCookie(server: AuthorizationServer, publicUrl: string) {
  const cookiesOf = (request: FastifyRequest, reply: FastifyReply) =>
    providerContext(server, publicUrl, request, reply).cookies;
  return {
    read: (request: FastifyRequest, reply: FastifyReply): string | undefined =>
      cookiesOf(request, reply).get(CONSOLE_COOKIE, { signed: false }),

    write(request: FastifyRequest, reply: FastifyReply, token: string): void {
      cookiesOf(request, reply).set(CONSOLE_COOKIE, token, COOKIE);
    },

    clear(request: FastifyRequest, reply: FastifyReply): void {
      cookiesOf(request, reply).set(CONSOLE_COOKIE, null, COOKIE);
    },
  };
}
