import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { providerContext } from '../provider/pass-to-provider.ts';

/**
 * Browsers do not send it with links and forms of other sites. The path covers the whole server, because granting `admin` to an
 * application also needs the session.
 */
const COOKIE = { httpOnly: true, sameSite: 'strict', path: '/', signed: false, overwrite: true } as const;

export interface ConsoleCookie {
  read(request: FastifyRequest, reply: FastifyReply): string | undefined;
  write(request: FastifyRequest, reply: FastifyReply, token: string): void;
  clear(request: FastifyRequest, reply: FastifyReply): void;
}

/** The cookie with the token of the console session. It lasts until the browser closes. */
export function createConsoleCookie(server: AuthorizationServer, publicUrl: string): ConsoleCookie {
  const cookiesOf = (request: FastifyRequest, reply: FastifyReply) =>
    providerContext(server, publicUrl, request, reply).cookies;
  return {
    read: (request, reply) => cookiesOf(request, reply).get(server.cookieNames.console, { signed: false }),

    write(request, reply, token) {
      cookiesOf(request, reply).set(server.cookieNames.console, token, COOKIE);
    },

    clear(request, reply) {
      cookiesOf(request, reply).set(server.cookieNames.console, null, COOKIE);
    },
  };
}
