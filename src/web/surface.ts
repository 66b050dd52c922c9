import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyPluginOptions } from 'fastify';
import fp from 'fastify-plugin';

/** What the routes of every surface rely on. */
const DEPENDENCIES = [
  '@fastify/accepts',
  'api-definition',
  'entry-guard',
  'request-bodies',
  'security-headers',
];

/**
 * A surface of the server: its routes in a scope of their own. Fastify refuses to start when a plugin that they rely on is
 * not registered before them.
 */
export function surface<Deps extends FastifyPluginOptions = Record<never, never>>(
  name: string,
  routes: FastifyPluginAsyncTypebox<Deps>,
): FastifyPluginAsyncTypebox<Deps> {
  return fp(routes, { name, encapsulate: true, dependencies: DEPENDENCIES });
}
