import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';

/** Protects whatever is answered by Helmet's headers, made once for all. Pages bring a policy of their own. */
export function setSecurityHeaders(app: FastifyInstance, publicUrl: string): void {
  const headers = headersOf(publicUrl);
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}

function headersOf(publicUrl: string): Readonly<Record<string, string>> {
  const protect = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: publicUrl.startsWith('https:') && { maxAge: 31_536_000 },
  });
  const sheet = new ServerResponse(new IncomingMessage(new Socket()));
  protect(sheet.req, sheet, () => {});
  return sheet.getHeaders() as Record<string, string>;
}
