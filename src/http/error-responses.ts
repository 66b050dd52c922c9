import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import * as call from '../calls/call-errors.ts';
import * as client from '../clients/client-errors.ts';
import { DatabaseUnavailable } from '../database/database-errors.ts';
import { DomainError, InvalidInput } from '../domain-error.ts';
import * as token from '../oauth/access-token.ts';
import * as authorization from '../oauth/authorization-errors.ts';
import { DPOP_ALGORITHMS } from '../oauth/dpop-proof.ts';
import * as people from '../people/people-errors.ts';
import { sendPage } from './page.ts';
import { NotAcceptable, negotiate, toXml } from './representation.ts';
import type { ErrorStyle } from './request-context.ts';
import { CrossSiteForm } from './same-origin.ts';

type Statuses = number | Readonly<Record<ErrorStyle, number>>;
type ErrorClass = abstract new (...args: never[]) => DomainError;

/** Every error's status: the same for all faces, or one for each. The first row that fits counts. */
const statuses: readonly (readonly [ErrorClass, Statuses])[] = [
  [InvalidInput, 400],
  [NotAcceptable, 406],
  [CrossSiteForm, 403],

  [token.TokenMissing, 401],
  [token.TokenInvalid, 401],
  [token.ScopeMissing, 403],
  [token.TokenWithoutUser, 403],
  [token.AdministratorRequired, 403],

  [authorization.ClientUnknown, 403],
  [authorization.RedirectUriMismatch, 403],
  [authorization.GrantRefused, 403],
  [authorization.InteractionLost, 400],
  [people.CredentialsRefused, 403],
  [people.TooManySignIns, 429],

  [call.CallLimitReached, 409],
  [call.CallNotFound, { classic: 409, admin: 404 }],
  [people.UserNotFound, 404],
  [people.UserExists, 409],
  [client.ClientNotFound, 404],
  [client.ClientHasNoSecret, 409],
  [client.ClientMetadataInvalid, 400],

  [DatabaseUnavailable, 503],
];

/** In seconds; long enough for a PostgreSQL that restarts. */
const RETRY_AFTER_UNAVAILABLE = 5;

class NotFound extends DomainError {
  constructor() {
    super('There is nothing at this address.');
  }
}

class InternalError extends DomainError {
  constructor(cause: unknown) {
    super('Something went wrong on our side; it has been logged.', {}, { cause });
  }
}

/** The one place where errors become responses: nothing but a domain error's own words ever leaves. */
export function presentErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const domainError = asDomainError(error);
    const status = statusOf(domainError, error, request.routeOptions.config.errorStyle ?? 'admin');
    if (status >= 500) request.log.error({ err: domainError.cause ?? error }, domainError.code);
    reply.code(status).headers(headersOf(domainError));
    return present(domainError, request, reply);
  });
  app.setNotFoundHandler((request, reply) => present(new NotFound(), request, reply.code(404)));
}

function asDomainError(error: FastifyError): DomainError {
  if (error instanceof DomainError) return error;
  const [wrong] = error.validation ?? [];
  if (wrong) return invalidInput(wrong);
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new InvalidInput('request', error.message);
  return new InternalError(error);
}

/** Says which parameter is missing or has the wrong form, in the words of its schema. */
function invalidInput({
  keyword,
  instancePath,
  params,
  message,
}: NonNullable<FastifyError['validation']>[number]): InvalidInput {
  const property = params['missingProperty'] ?? params['additionalProperty'];
  const path =
    [...instancePath.split('/').slice(1), ...(property ? [String(property)] : [])].join('.') || 'body';
  if (keyword === 'required') return new InvalidInput(path, `Missing parameter: ${path}`);
  if (keyword === 'additionalProperties') return new InvalidInput(path, `Unknown parameter: ${path}`);
  return new InvalidInput(path, `The parameter ${path} ${message ?? 'is not valid'}`);
}

function statusOf(error: DomainError, original: FastifyError, style: ErrorStyle): number {
  if (error instanceof InternalError) return 500;
  const [, status = 500] = statuses.find(([type]) => error instanceof type) ?? [];
  if (original.statusCode !== undefined && original.statusCode < 500 && !original.validation)
    return original.statusCode;
  return typeof status === 'number' ? status : status[style];
}

function headersOf(error: DomainError): Record<string, string | string[]> {
  if (error instanceof DatabaseUnavailable) return { 'retry-after': String(RETRY_AFTER_UNAVAILABLE) };
  if (error instanceof people.TooManySignIns) return { 'retry-after': String(error.retryAfterSeconds) };
  if (error instanceof token.TokenMissing) return challenge();
  if (error instanceof token.TokenInvalid)
    return challenge(`error="invalid_token", error_description="${quotable(error)}"`);
  if (error instanceof token.ScopeMissing)
    return challenge(`error="insufficient_scope", scope="${error.needed}"`);
  return {};
}

/** RFC 6750 section 3 and RFC 9449 section 7.1; without an error when no token came (RFC 6750 section 3.1). */
function challenge(error?: string): Record<string, string[]> {
  const further = error ? `, ${error}` : '';
  return {
    'www-authenticate': [
      `Bearer realm="clicktocall"${further}`,
      `DPoP algs="${DPOP_ALGORITHMS.join(' ')}"${further}`,
    ],
  };
}

function quotable(error: DomainError): string {
  return error.message.replace(/["\\]/g, "'");
}

function present(error: DomainError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  switch (preferredType(request)) {
    case 'html':
      return sendPage(reply, {
        title: 'That did not work',
        body: html`<p role="alert">${error.message}</p>`,
      });
    case 'xml':
      return reply
        .type('application/xml; charset=utf-8')
        .send(toXml({ error: { code: error.code, message: error.message } }));
    default:
      return reply
        .type('application/json; charset=utf-8')
        .send({ error: error.code, message: error.message, ...error.details });
  }
}

function preferredType(request: FastifyRequest) {
  try {
    return negotiate(request, 'json', 'html', 'xml');
  } catch {
    return 'json';
  }
}
