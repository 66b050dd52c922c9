import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { DatabaseUnavailable } from '../../src/platform/database/database-errors.ts';
import { asDeclaredError } from '../../src/platform/http/errors/as-declared-error.ts';
import { codeOf, statusOf } from '../../src/platform/http/errors/error-codes.ts';
import { InternalError } from '../../src/platform/http/errors/request-errors.ts';
import { possibleErrors } from '../../src/platform/http/openapi/error-documentation.ts';
import { errorsOfEntry } from '../../src/web/entry/entry-errors.ts';
import { afterEveryFile } from './clean-up.ts';

/** Any operation may fail with these. The definition leaves them out, or lists them with the entry. */
const GENERAL = [InternalError, DatabaseUnavailable];

const undocumented = new Set<string>();

/**
 * Fails a test file in which an operation of the OpenAPI definition answers a declared error that the definition does not
 * list: its route lacks the error in `schema.errors`.
 */
export function watchErrors(): void {
  subscribe('fastify.initialization', (message) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onError', async (request, _reply, thrown) => noteUndocumented(request, thrown));
  });
  afterEveryFile(() => {
    const found = [...undocumented];
    undocumented.clear();
    assert.deepEqual(found, [], 'errors that the OpenAPI definition does not list');
  });
}

function noteUndocumented(request: FastifyRequest, thrown: FastifyError): void {
  const { schema, config, method, url } = request.routeOptions;
  if (request.is404 || !schema || schema.hide) return;
  const { entry = 'anyone', errorStyle: style = 'own' } = config;
  const error = asDeclaredError(thrown, request);
  const status = statusOf(error.declaration, style);
  const code = codeOf(error.declaration, style);
  const listed = possibleErrors({ method: String(method), style, schema, errors: errorsOfEntry[entry] });
  const documented =
    GENERAL.some((type) => error instanceof type) ||
    String(status) in ((schema.response as object | undefined) ?? {}) || // a refusal that redirects is one of the route's own responses
    listed.some(
      (type) =>
        error instanceof type &&
        statusOf(type.declaration, style) === status &&
        codeOf(type.declaration, style) === code,
    );
  if (!documented) undocumented.add(`${method} ${url}: ${error.name}`);
}
