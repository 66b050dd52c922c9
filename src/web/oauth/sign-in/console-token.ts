import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONSOLE_COOKIE } from '../../entry/console-cookie.ts';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { providerContext } from '../provider/provider-routes.ts';

/** The token from the browser's console cookie, which forms and links of other sites do not send. */
export function consoleTokenOf(server: AuthorizationServer, publicUrl: string) {
  return (request: FastifyRequest, reply: FastifyReply): string | undefined =>
    providerContext(server, publicUrl, request, reply).cookies.get(CONSOLE_COOKIE, { signed: false });
}
