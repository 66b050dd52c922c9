import diagnostics from 'node:diagnostics_channel';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Entry } from '../../../src/web/entry/request-context.ts';

/** A method and an address that the application answers, as its router has them. */
export interface RegisteredRoute {
  readonly method: string;
  readonly url: string;
  readonly entry: Entry;
  readonly scopes: readonly string[];
  /** As the table of routes calls it: one name for all files, and GET for HEAD. */
  readonly row: string;
}

/**
 * Listens to the routers of all applications that are started from now on.
 * @returns asks for their routes; without OPTIONS, which is nobody's
 */
export function watchRouters(): () => RegisteredRoute[] {
  const registered: RouteOptions[] = [];
  diagnostics.subscribe('fastify.initialization', (message) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', (route) => {
      registered.push(route);
    });
  });
  return () => registered.flatMap(routesOf);
}

/** What a route of a library's plugin says of itself comes later than the route. */
function routesOf({ method, url, config }: RouteOptions): RegisteredRoute[] {
  const { entry = 'anyone', scopes = [] } = config ?? {};
  return [method]
    .flat()
    .filter((each) => each !== 'OPTIONS')
    .map((each) => ({
      method: each,
      url,
      entry,
      scopes,
      row: `${each === 'HEAD' ? 'GET' : each} ${shortened(url)}`,
    }));
}

function shortened(url: string): string {
  const [, files] = /^(\/(?:assets|docs))(?:\/|$)/.exec(url) ?? [];
  return files === undefined ? url : `${files}/*`;
}
