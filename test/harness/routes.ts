import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Entry } from '../../src/web/entry/request-context.ts';

export interface KnownRoute {
  readonly method: string;
  readonly url: string;
  readonly entry: Entry | undefined;
}

/** Every route of whatever servers `start` starts, as the router gets to know them. */
export async function routesOf<T>(
  start: () => Promise<T>,
): Promise<{ started: T; routes: readonly KnownRoute[] }> {
  const routes: KnownRoute[] = [];
  const note = ({ method, url, config }: RouteOptions) => {
    for (const each of [method].flat()) routes.push({ method: each, url, entry: config?.entry });
  };
  const listen = (message: unknown) =>
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', note);
  subscribe('fastify.initialization', listen);
  const started = await start();
  unsubscribe('fastify.initialization', listen);
  return { started, routes };
}
