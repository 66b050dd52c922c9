import type { FastifyPluginAsync } from 'fastify';
import type { Asset } from './assets.ts';

/** Serves static files of pages. Each surface registers its own. */
export const assetRoutes: FastifyPluginAsync<{ readonly assets: readonly Asset[] }> = async (
  app,
  { assets },
) => {
  for (const { name, type, content } of assets) {
    app.get(
      `/assets/${name}`,
      { config: { entry: 'anyone' }, schema: { hide: true } },
      async (_request, reply) =>
        reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(content),
    );
  }
};
