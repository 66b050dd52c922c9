import { randomUUID } from 'node:crypto';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';

/** CAMARA's XCorrelator. */
const PATTERN = '^[a-zA-Z0-9-_:;.\\/<>{}]{0,256}$';

export const CorrelatorHeader = {
  'x-correlator': Type.Optional(
    Type.String({ pattern: PATTERN, maxLength: 256, description: 'Correlation id, repeated in the answer' }),
  ),
};

/** Repeats the correlation id of each request below `prefix` in its answer, whatever it is; makes one when none came. */
export function echoCorrelator(app: FastifyInstance, prefix: string): void {
  const wellFormed = new RegExp(PATTERN);
  app.addHook('onRequest', async ({ url, headers }, reply) => {
    if (!url.startsWith(prefix)) return;
    const given = headers['x-correlator'];
    reply.header(
      'x-correlator',
      typeof given === 'string' && given !== '' && wellFormed.test(given) ? given : randomUUID(),
    );
  });
}
