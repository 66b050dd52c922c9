import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

const ASSETS = {
  'page.css': 'text/css; charset=utf-8',
  'show-fragment.js': 'text/javascript; charset=utf-8',
};

/** The few static files that the pages need. */
export function assetRoutes(app: FastifyInstance): void {
  for (const [name, type] of Object.entries(ASSETS)) {
    const content = readFileSync(new URL(`assets/${name}`, import.meta.url));
    app.get(
      `/assets/${name}`,
      { config: { entry: 'anyone' }, schema: { hide: true } },
      async (_request, reply) =>
        reply.type(type).header('cache-control', 'public, max-age=3600').send(content),
    );
  }
}
