import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import fp from 'fastify-plugin';
import helmet from 'helmet';

/**
 * Adds Helmet's headers to every response. Pages replace the policy with their own.
 *
 * The headers are always the same, so Helmet runs once, at start. `@fastify/helmet` would run it for each response, and
 * Node.js would merge two sets of headers: 5.1 instead of 2.5 µs of processor time per response.
 */
export const securityHeaders = fp<{ readonly publicUrl: string }>(
  async (app, { publicUrl }) => {
    const headers = headersOf(publicUrl);
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(headers);
      done();
    });
  },
  { name: 'security-headers' },
);

/** Helmet is a middleware that sets headers on a response, so this reads them from a response that is not sent. */
function headersOf(publicUrl: string): Readonly<Record<string, string>> {
  const protect = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: publicUrl.startsWith('https:') && {
      maxAge: 31_536_000,
      includeSubDomains: false, // other hosts of the domain decide for themselves
    },
  });
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  protect(response.req, response, () => {});
  return response.getHeaders() as Record<string, string>;
}
