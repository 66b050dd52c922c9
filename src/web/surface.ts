import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyPluginOptions } from 'fastify';
import fp from 'fastify-plugin';

/** The plugins that every surface needs. */
const DEPENDENCIES = [
  '@fastify/accepts',
  'api-definition',
  'entry-guard',
  'request-bodies',
  'security-headers',
];

/**
 * Defines a surface of the server: a plugin with routes in a scope of their own. Fastify does not start if a plugin that it
 * needs was not registered before it.
 */
export function surface<Deps extends FastifyPluginOptions = Record<never, never>>(
  name: string,
  routes: FastifyPluginAsyncTypebox<Deps>,
): FastifyPluginAsyncTypebox<Deps> {
  return fp(routes, { name, encapsulate: true, dependencies: DEPENDENCIES });
}
