import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Type } from 'typebox';

/** CAMARA's XCorrelator. */
const PATTERN = '^[a-zA-Z0-9-_:;.\\/<>{}]{0,256}$';

export const CorrelatorHeader = {
  'x-correlator': Type.Optional(
    Type.String({ pattern: PATTERN, maxLength: 256, description: 'Correlation id; the response repeats it' }),
  ),
};

const validId = new RegExp(PATTERN);

/** The correlation id that a request brings; undefined if it has none, or an invalid one. */
export function readCorrelator({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const id = headers['x-correlator'];
  return typeof id === 'string' && id !== '' && validId.test(id) ? id : undefined;
}

/** The correlation id of a request; the server's own id, which its log lines have, if the request brings none. */
export function correlatorOf(request: FastifyRequest): string {
  return readCorrelator(request) ?? request.id;
}

/** Adds the correlation id to every response to a request below one of the paths. */
export const correlator = fp<{ readonly paths: readonly string[] }>(
  async (app, { paths }) => {
    app.addHook('onRequest', (request, reply, done) => {
      if (paths.some((path) => request.url.startsWith(path)))
        reply.header('x-correlator', correlatorOf(request));
      done();
    });
  },
  { name: 'correlator' },
);
