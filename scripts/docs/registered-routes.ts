import diagnostics from 'node:diagnostics_channel';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Entry } from '../../src/web/entry/request-context.ts';

/** A route of the application. */
export interface RegisteredRoute {
  readonly method: string;
  readonly url: string;
  readonly entry: Entry;
  readonly scopes: readonly string[];
  /** The file that registers the route; undefined for a plugin of a library. */
  readonly file: string | undefined;
  /** The row in the table, for example `GET /admin/users`. All static files share a row, and HEAD shares that of GET. */
  readonly row: string;
}

/**
 * Records the routes of all applications that start after this call.
 * @returns a function that stops recording and returns the routes, without OPTIONS
 */
export function watchRouters(): () => RegisteredRoute[] {
  const registered: { readonly route: RouteOptions; readonly file: string | undefined }[] = [];
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', (route) => {
      registered.push({ route, file: callerInSource() });
    });
  };
  diagnostics.subscribe('fastify.initialization', watch);
  return () => {
    diagnostics.unsubscribe('fastify.initialization', watch);
    return registered.flatMap(({ route, file }) => routesOf(route, file));
  };
}

/** @returns the innermost file of src in the call stack */
function callerInSource(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return /\/(src\/[\w/.-]+\.ts):\d+/.exec(stack)?.[1];
}

/** Reads `config` later than `onRoute`, because a route of a library's plugin gets its entry after the registration. */
function routesOf({ method, url, config }: RouteOptions, file: string | undefined): RegisteredRoute[] {
  const { entry = 'anyone', scopes = [] } = config ?? {};
  return [method]
    .flat()
    .filter((each) => each !== 'OPTIONS')
    .map((each) => ({
      method: each,
      url,
      entry,
      scopes,
      file,
      row: `${each === 'HEAD' ? 'GET' : each} ${shortened(url)}`,
    }));
}

function shortened(url: string): string {
  const [, files] = /^(\/(?:assets|docs))(?:\/|$)/.exec(url) ?? [];
  return files === undefined ? url : `${files}/*`;
}
