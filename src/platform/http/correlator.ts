import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';

/** CAMARA's XCorrelator. */
const PATTERN = '^[a-zA-Z0-9-_:;.\\/<>{}]{0,256}$';

export const CorrelatorHeader = {
  'x-correlator': Type.Optional(
    Type.String({ pattern: PATTERN, maxLength: 256, description: 'Correlation id, repeated in the answer' }),
  ),
};

const wellFormed = new RegExp(PATTERN);

/** Of the answer to a request: its own, or a new one when none came, or none that is well-formed. */
export function correlatorOf({ headers }: FastifyRequest): string {
  const given = headers['x-correlator'];
  return typeof given === 'string' && given !== '' && wellFormed.test(given) ? given : randomUUID();
}

/** Repeats the correlation id of each request below `prefix` in its answer, whatever it is; makes one when none came. */
export function echoCorrelator(app: FastifyInstance, prefix: string): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith(prefix)) reply.header('x-correlator', correlatorOf(request));
    done();
  });
}
