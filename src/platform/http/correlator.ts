import { randomUUID } from 'node:crypto';
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

const wellFormed = new RegExp(PATTERN);

/** The correlation id of a request; a new one when the request has none, or one that is malformed. */
export function correlatorOf({ headers }: FastifyRequest): string {
  const given = headers['x-correlator'];
  return typeof given === 'string' && given !== '' && wellFormed.test(given) ? given : randomUUID();
}

/** Every response to a request below `path` has a correlation id: the one of the request, or a new one. */
export const correlator = fp<{ readonly path: string }>(
  async (app, { path }) => {
    app.addHook('onRequest', (request, reply, done) => {
      if (request.url.startsWith(path)) reply.header('x-correlator', correlatorOf(request));
      done();
    });
  },
  { name: 'correlator' },
);
