import fp from 'fastify-plugin';
import { Type } from 'typebox';

const NoQuery = Type.Object({}, { additionalProperties: false });

/**
 * Refuses every query parameter of the routes that are registered after it and declare none: a misspelled or misplaced parameter
 * would change nothing, and its sender would not notice.
 */
export const strictQueries = fp(
  async (app) => {
    app.addHook('onRoute', (route) => {
      if (route.schema) route.schema = { querystring: NoQuery, ...route.schema };
    });
  },
  { name: 'strict-queries' },
);
