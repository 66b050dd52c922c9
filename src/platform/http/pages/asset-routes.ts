import type { FastifyPluginAsync } from 'fastify';
import { assets } from './assets.ts';

/** The static files of the pages: our own, and those of the libraries that run in the browser. */
export const assetRoutes: FastifyPluginAsync = async (app) => {
  for (const { name, type, content } of assets) {
    app.get(
      `/assets/${name}`,
      { config: { entry: 'anyone' }, schema: { hide: true } },
      async (_request, reply) =>
        reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(content),
    );
  }
};
