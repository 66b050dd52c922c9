import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONSOLE_COOKIE } from '../../entry/console-cookie.ts';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { providerContext } from '../provider/provider-routes.ts';

/** What the browser's cookie of the console holds; other sites' forms and links do not bring it along. */
export function consoleTokenOf(server: AuthorizationServer, publicUrl: string) {
  return (request: FastifyRequest, reply: FastifyReply): string | undefined =>
    providerContext(server, publicUrl, request, reply).cookies.get(CONSOLE_COOKIE, { signed: false });
}
