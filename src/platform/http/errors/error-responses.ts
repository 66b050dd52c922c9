import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CallLimitReached, CallTooSoon, RecordingUnavailable } from '../../../core/calls/call-errors.ts';
import * as authorization from '../../../core/grants/authorization-errors.ts';
import * as people from '../../../core/people/people-errors.ts';
import { TooManySecondFactors } from '../../../core/second-factors/second-factor-errors.ts';
import * as token from '../../../core/tokens/access-token.ts';
import { DPOP_ALGORITHMS } from '../../../core/tokens/dpop-proof.ts';
import { ConsoleClosed, ConsoleSessionOver } from '../../../web/entry/console-errors.ts';
import type { ErrorStyle } from '../../../web/entry/request-context.ts';
import { DatabaseUnavailable, RETRY_AFTER_SECONDS } from '../../database/database-errors.ts';
import type { DomainError } from '../../domain-error.ts';
import { rateLimitHeaders } from '../rate-limit.ts';
import { presentations } from './error-presentations.ts';
import { statusOf } from './error-statuses.ts';
import { asDomainError, MethodNotAllowed, NotFound } from './request-errors.ts';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];

/** In whose words addresses without a route answer. */
const STYLES: readonly (readonly [string, ErrorStyle])[] = [
  ['/click-to-dial/', 'camara'],
  ['/oauth/', 'oauth'],
];

/** The one place where errors become responses. */
export function presentErrors(app: FastifyInstance): void {
  const methodsAt = rememberMethods(app);
  app.setErrorHandler(presentError);
  app.setNotFoundHandler(async (request) => {
    const [path = '/'] = request.url.split('?');
    const allowed = methodsAt(path);
    throw allowed.length > 0 ? new MethodNotAllowed(allowed) : new NotFound();
  });
}

/** @returns the methods that an address knows, of those that clients use */
function rememberMethods(app: FastifyInstance): (path: string) => string[] {
  const known: { readonly path: RegExp; readonly method: string }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    const path = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`);
    for (const each of [method].flat()) known.push({ path, method: each });
  });
  return (path) =>
    METHODS.filter((method) => known.some((route) => route.method === method && route.path.test(path)));
}

/** Also for what Fastify refuses before there is a route, such as an address that cannot be decoded. */
export async function presentError(
  thrown: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const error = asDomainError(thrown);
  const style = styleOf(request);
  const status = statusOf(error, style);
  if (status >= 500) request.log.error({ err: error.cause ?? error }, error.code);
  reply.removeHeader('content-disposition'); // of the file that there would have been
  return presentations[style](error, request, reply.code(status).headers(headersOf(error, style)));
}

function styleOf({ url, routeOptions }: FastifyRequest): ErrorStyle {
  const [, byAddress] = STYLES.find(([prefix]) => url.startsWith(prefix)) ?? [];
  return routeOptions?.config?.errorStyle ?? byAddress ?? 'admin';
}

function headersOf(error: DomainError, style: ErrorStyle): Record<string, string | string[]> {
  if (error instanceof CallLimitReached && style === 'camara')
    return rateLimitHeaders(error.limit, error.limit);
  if (error instanceof MethodNotAllowed) return { allow: error.allowed };
  if (error instanceof DatabaseUnavailable || error instanceof RecordingUnavailable)
    return { 'retry-after': String(RETRY_AFTER_SECONDS) };
  if (
    error instanceof CallTooSoon ||
    error instanceof people.TooManySignIns ||
    error instanceof TooManySecondFactors
  )
    return { 'retry-after': String(error.retryAfterSeconds) };
  if (error instanceof authorization.GrantRefused) return { location: error.returnTo };
  if (error instanceof ConsoleSessionOver) return { 'hx-redirect': error.location };
  if (error instanceof ConsoleClosed) return { location: error.location };
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
