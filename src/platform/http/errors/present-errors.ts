import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorStyle } from '../../declared-error.ts';
import { asDeclaredError } from './as-declared-error.ts';
import { statusOf } from './error-codes.ts';
import { presentations } from './error-presentations.ts';
import { MethodNotAllowed, NotFound } from './request-errors.ts';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];

/** How addresses without a route answer, by the beginning of their path; others have the server's own style. */
export type StylesByPrefix = Readonly<Record<string, ErrorStyle>>;

export type PresentError = (
  thrown: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<FastifyReply>;

/**
 * The one place where errors become responses. Fastify itself calls it too, for a request that it refuses before there
 * is a route.
 */
export function createErrorPresenter(styles: StylesByPrefix): PresentError {
  const prefixes = Object.entries(styles);
  const styleOf = ({ url, routeOptions }: FastifyRequest): ErrorStyle => {
    const [, byPrefix] = prefixes.find(([prefix]) => url.startsWith(prefix)) ?? [];
    return routeOptions?.config?.errorStyle ?? byPrefix ?? 'own';
  };
  return async (thrown, request, reply) => {
    const error = asDeclaredError(thrown);
    const style = styleOf(request);
    const status = statusOf(error.declaration, style);
    if (status >= 500)
      request.log.error({ err: error.cause ?? error, code: error.code }, 'http: request failed');
    reply.removeHeader('content-disposition'); // of the file that there would have been
    return presentations[style](error, request, reply.code(status).headers(error.headers(style)));
  };
}

/** Presents the errors of all routes, also of addresses that have none. To be called before there are routes. */
export function presentErrors(app: FastifyInstance, presentError: PresentError): void {
  const methodsAt = rememberMethods(app);
  app.setErrorHandler(presentError);
  app.setNotFoundHandler(async (request) => {
    const [path = '/'] = request.url.split('?');
    const supported = methodsAt(path);
    throw supported.length > 0 ? new MethodNotAllowed(supported) : new NotFound();
  });
}

/** @returns the methods that an address supports, of those that clients use */
function rememberMethods(app: FastifyInstance): (path: string) => string[] {
  const known: { readonly path: RegExp; readonly method: string }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    const path = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`);
    for (const each of [method].flat()) known.push({ path, method: each });
  });
  return (path) =>
    METHODS.filter((method) => known.some((route) => route.method === method && route.path.test(path)));
}
