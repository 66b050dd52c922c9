import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuthorizationServer } from '../provider/authorization-server.ts';
import { providerContext } from '../provider/provider-routes.ts';

/** @returns reads the browser's console cookie. Browsers do not send it with forms and links of other sites */
export function createConsoleTokenReader(server: AuthorizationServer, publicUrl: string) {
  return (request: FastifyRequest, reply: FastifyReply): string | undefined =>
    providerContext(server, publicUrl, request, reply).cookies.get(server.cookieNames.console, {
      signed: false,
    });
}
