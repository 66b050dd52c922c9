import diagnostics from 'node:diagnostics_channel';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Entry } from '../../src/web/entry/request-context.ts';

/** A method and an address that the application answers, as its router has them. */
export interface RegisteredRoute {
  readonly method: string;
  readonly url: string;
  readonly entry: Entry;
  readonly scopes: readonly string[];
  /** The file that registers it; undefined for the files of a library's plugin. */
  readonly file: string | undefined;
  /** Method and address, for example `GET /admin/users`: one row for all static files, and GET for HEAD. */
  readonly row: string;
}

/**
 * Listens to the routers of all applications that start from now on, until it is asked for their routes.
 * @returns reads the routes; without OPTIONS, which has no user
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

/** The nearest file of src that is being executed. */
function callerInSource(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return /\/(src\/[\w/.-]+\.ts):\d+/.exec(stack)?.[1];
}

/** A route of a library's plugin gets its entry after it was registered. */
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
