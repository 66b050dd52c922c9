import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import fp from 'fastify-plugin';
import helmet from 'helmet';

/**
 * Helmet's headers on every response. Pages replace the policy by their own.
 *
 * They are the same on every response, so Helmet runs once, at start, and Fastify writes them with its own headers.
 * `@fastify/helmet` would run it on each raw response, after which Node.js merges two sets of headers: 5.1 instead of 2.5 µs
 * of processor time per response.
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

/** Helmet is a middleware: it sets its headers on a response, here one that is thrown away. */
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
