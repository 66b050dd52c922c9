import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InvalidInput } from '../domain-error.ts';

/** What every request goes through before its schema judges it. */
export function prepareRequests(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    // So that the schema names what is missing, rather than the body as a whole.
    if (request.routeOptions.schema?.body) request.body ??= {};
    refuseZeroBytes(request);
  });
}

/** PostgreSQL has no text with a zero byte, and nobody means one. @throws InvalidInput */
function refuseZeroBytes({ params, query, body }: FastifyRequest): void {
  for (const values of [params, query, body]) {
    for (const [name, value] of Object.entries(values ?? {})) {
      if (String(value).includes('\0'))
        throw new InvalidInput(name, `The parameter ${name} holds a zero byte`);
    }
  }
}
