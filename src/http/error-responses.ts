import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import * as call from '../calls/call-errors.ts';
import * as client from '../clients/client-errors.ts';
import { DatabaseUnavailable, RETRY_AFTER_SECONDS } from '../database/database-errors.ts';
import { type DomainError, InvalidInput } from '../domain-error.ts';
import * as token from '../oauth/access-tokens/access-token.ts';
import { DPOP_ALGORITHMS } from '../oauth/access-tokens/dpop-proof.ts';
import * as authorization from '../oauth/consent/authorization-errors.ts';
import * as people from '../people/people-errors.ts';
import { type Page, sendPage } from './page.ts';
import { NotAcceptable, negotiate, toXml } from './representation.ts';
import type { ErrorStyle } from './request-context.ts';
import { asDomainError, MethodNotAllowed, NotFound, RequestUnreadable } from './request-errors.ts';
import { CrossSiteForm } from './same-origin.ts';

type Statuses = number | Readonly<Record<ErrorStyle, number>>;
type ErrorClass = abstract new (...args: never[]) => DomainError;

/** Every error's status: the same for all faces, or one for each. The first row that fits counts. */
export const statuses: readonly (readonly [ErrorClass, Statuses])[] = [
  [InvalidInput, 400],
  [NotAcceptable, 406],
  [NotFound, 404],
  [MethodNotAllowed, 405],
  [CrossSiteForm, 403],

  [token.TokenMissing, 401],
  [token.TokenInvalid, 401],
  [token.ScopeMissing, 403],
  [token.TokenWithoutUser, 403],
  [token.AdministratorRequired, 403],

  [authorization.ClientUnknown, 403],
  [authorization.RedirectUriMismatch, 403],
  [authorization.GrantRefused, 303],
  [authorization.InteractionLost, 400],
  [people.CredentialsRefused, 403],
  [people.TooManySignIns, 429],

  [call.CallerNotAllowed, 403],
  [call.CalleeNotAllowed, 403],
  [call.CallLimitReached, 409],
  [call.CallNotFound, { classic: 409, admin: 404 }],
  [people.UserNotFound, 404],
  [people.UserExists, 409],
  [client.ClientNotFound, 404],
  [client.ClientHasNoSecret, 409],
  [client.ClientMetadataInvalid, 400],

  [DatabaseUnavailable, 503],
];

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const;

/** The one place where errors become responses: nothing but a domain error's own words ever leaves. */
export function presentErrors(app: FastifyInstance): void {
  app.setErrorHandler(presentError);
  app.setNotFoundHandler(async (request) => {
    const [path = '/'] = request.url.split('?');
    const allowed = METHODS.filter((method) => app.hasRoute({ method, url: path }));
    throw allowed.length > 0 ? new MethodNotAllowed(allowed) : new NotFound();
  });
}

/** Also for what Fastify refuses before there is a route, such as an address that cannot be decoded. */
export async function presentError(
  thrown: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const error = asDomainError(thrown);
  const status = statusOf(error, request.routeOptions?.config?.errorStyle ?? 'admin');
  if (status >= 500) request.log.error({ err: error.cause ?? error }, error.code);
  return present(error, request, reply.code(status).headers(headersOf(error)));
}

function statusOf(error: DomainError, style: ErrorStyle): number {
  if (error instanceof RequestUnreadable) return error.status;
  const [, status = 500] = statuses.find(([type]) => error instanceof type) ?? [];
  return typeof status === 'number' ? status : status[style];
}

function headersOf(error: DomainError): Record<string, string | string[]> {
  if (error instanceof MethodNotAllowed) return { allow: error.allowed };
  if (error instanceof DatabaseUnavailable) return { 'retry-after': String(RETRY_AFTER_SECONDS) };
  if (error instanceof people.TooManySignIns) return { 'retry-after': String(error.retryAfterSeconds) };
  if (error instanceof authorization.GrantRefused) return { location: error.returnTo };
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

async function present(
  error: DomainError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  switch (preferredType(request)) {
    case 'html':
      return sendPage(reply, (await ownPage(error, request, reply)) ?? generalPage(error));
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

function ownPage(
  error: DomainError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Page | undefined> | undefined {
  return request.routeOptions?.config?.errorPage?.(error, request, reply);
}

function generalPage(error: DomainError): Page {
  return { title: 'That did not work', body: html`<p role="alert">${error.message}</p>` };
}

function preferredType(request: FastifyRequest) {
  try {
    return negotiate(request, 'json', 'html', 'xml');
  } catch {
    return 'json';
  }
}
