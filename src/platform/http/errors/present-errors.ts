import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorStyle } from '../../declared-error.ts';
import { DomainError } from '../../domain-error.ts';
import { asDeclaredError } from './as-declared-error.ts';
import { statusOf } from './error-codes.ts';
import { presenters } from './error-presentations.ts';
import { MethodNotAllowed, NotFound } from './request-errors.ts';
import { refuseUnreadablePath } from './unreadable-path.ts';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];

/** The error style of addresses without a route, at and below a path. All other addresses have the style `own`. */
export type StylesByPath = Readonly<Record<string, ErrorStyle>>;

export type PresentError = (
  thrown: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<FastifyReply>;

/**
 * Turns all errors into responses. Fastify also calls this for requests that it rejects before it finds a route.
 */
export function createErrorPresenter(styles: StylesByPath): PresentError {
  const paths = Object.entries(styles);
  const styleOf = ({ url, routeOptions }: FastifyRequest): ErrorStyle => {
    const [, byPath] = paths.find(([path]) => isAtOrBelow(path, url)) ?? [];
    return routeOptions?.config?.errorStyle ?? byPath ?? 'own';
  };
  return async (thrown, request, reply) => {
    const error = asDeclaredError(thrown, request);
    const style = styleOf(request);
    const status = statusOf(error.declaration, style);
    // An overload is a refusal on purpose. Metrics count it; a line for each would let an attacker flood the log.
    const isRefusal = error instanceof DomainError && error.cause === undefined;
    if (status >= 500 && !isRefusal)
      request.log.error({ err: error.cause ?? error, code: error.code }, 'http: request failed');
    reply.removeHeader('content-disposition'); // the response is not the requested file
    return presenters[style](error, request, reply.code(status).headers(error.headers(style)));
  };
}

function isAtOrBelow(path: string, url: string): boolean {
  return url.startsWith(path) && ['', '/', '?'].includes(url.charAt(path.length));
}

/** Handles the errors of all routes, and of addresses without a route. Call this before adding routes. */
export function presentErrors(app: FastifyInstance, presentError: PresentError): void {
  const methodsAt = collectMethods(app);
  app.setErrorHandler(presentError);
  const refuse = async ({ url }: FastifyRequest) => {
    const [path = '/'] = url.split('?');
    const supported = methodsAt(path);
    throw supported.length > 0 ? new MethodNotAllowed(supported) : new NotFound();
  };
  app.setNotFoundHandler(refuse);
  // A body that cannot be parsed does not matter at an address without a route.
  app.addHook('preParsing', async (request) => {
    refuseUnreadablePath(request);
    if (request.is404) await refuse(request);
  });
}

/** @returns a function that lists the supported methods of a path, without HEAD and OPTIONS */
function collectMethods(app: FastifyInstance): (path: string) => string[] {
  const known: { readonly path: RegExp; readonly method: string }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    const path = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`);
    for (const each of [method].flat()) known.push({ path, method: each });
  });
  return (path) =>
    METHODS.filter((method) => known.some((route) => route.method === method && route.path.test(path)));
}
