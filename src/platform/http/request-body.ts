import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { InvalidInput } from '../domain-error.ts';
import { bodyTypesOf } from './body-types.ts';
import { BodyTypeNotSupported, BodyUnreadable } from './errors/unreadable-request-errors.ts';

const FORM = 'application/x-www-form-urlencoded';

/** Reads forms and JSON, and prepares every request for its schema. */
export const requestBodies = fp(
  async (app) => {
    app.removeContentTypeParser('text/plain');
    await app.register(formbody);
    acceptEmptyJson(app);
    app.addHook('preValidation', async (request) => {
      // An empty object lets the schema name the missing parameter instead of the whole body.
      if (request.routeOptions.schema?.body) request.body ??= {};
      refuseForm(request);
      refuseZeroBytes(request);
    });
  },
  { name: 'request-bodies' },
);

/** Many clients send the content type of JSON without a body, for example with DELETE. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === ''
      ? done(null, undefined)
      : parse(request, body, (error, value) => done(error && new BodyUnreadable(body), value)),
  );
}

/**
 * curl sends JSON with the content type of a form, unless the command names another. A route without a schema reads no body.
 * @throws BodyTypeNotSupported
 */
function refuseForm(request: FastifyRequest): void {
  if (!request.routeOptions.schema?.body) return;
  const types = bodyTypesOf(request);
  const isForm = request.headers['content-type']?.toLowerCase().startsWith(FORM) === true;
  if (isForm && !types.includes(FORM) && Object.keys(request.body ?? {}).length > 0)
    throw new BodyTypeNotSupported(types);
}

/**
 * PostgreSQL cannot store a zero byte in a text. The schema and the database check nested values.
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
