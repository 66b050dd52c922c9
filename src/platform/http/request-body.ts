import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InvalidInput } from '../domain-error.ts';

/** What every request goes through before its schema judges it. */
export function prepareRequests(app: FastifyInstance): void {
  readEmptyJson(app);
  app.addHook('preValidation', async (request) => {
    // So that the schema names what is missing, rather than the body as a whole.
    if (request.routeOptions.schema?.body) request.body ??= {};
    refuseZeroBytes(request);
  });
}

/** Many programs name the type of every body they send, also where they send none, as with DELETE. */
function readEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : parse(request, body, done),
  );
}

/**
 * PostgreSQL has no text with a zero byte, and nobody means one. Deeper ones are left to the schema and the database.
 * @throws InvalidInput
 */
function refuseZeroBytes({ params, query, body }: FastifyRequest): void {
  for (const values of [params, query, body]) {
    for (const [name, value] of Object.entries(values ?? {})) {
      if ([value].flat().some((each) => typeof each === 'string' && each.includes('\0')))
        throw new InvalidInput(name, `${name} must not contain a zero byte.`);
    }
  }
}
