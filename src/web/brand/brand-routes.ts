import type { FastifyReply, FastifyRequest } from 'fastify';
import { BRAND_IMAGES } from '../../core/brand/brand.ts';
import type { BrandService } from '../../core/brand/brand-service.ts';
import { conditionalRequests } from '../../platform/http/conditional-requests.ts';
import { NotFound } from '../../platform/http/errors/request-errors.ts';
import { ICON } from '../../platform/http/pages/assets.ts';
import { surface } from '../surface.ts';
import { BRAND_STYLE, type BrandFile, type BrandPages, IMAGE_PATHS } from './brand-pages.ts';

const options = { config: { entry: 'anyone' }, schema: { hide: true } } as const;

export interface BrandRoutesDeps {
  readonly brands: Pick<BrandService, 'current'>;
  readonly pages: () => BrandPages;
}

/** The colours and the images of the brand. */
export const brandRoutes = surface<BrandRoutesDeps>('brand', async (app, { brands, pages }) => {
  await app.register(conditionalRequests);

  app.get(BRAND_STYLE, options, async (request, reply) => sendFile(request, reply, pages().style));

  for (const image of BRAND_IMAGES)
    app.get(IMAGE_PATHS[image], options, async (request, reply) =>
      sendFile(request, reply, brands.current[image]),
    );

  // For browsers that show a response other than a page.
  app.get('/favicon.ico', options, async (request, reply) =>
    sendFile(request, reply, brands.current.favicon ?? { ...ICON, version: '' }),
  );
});

/**
 * Browsers may keep a version forever. A node that does not know the version yet, or no longer, sends what it has, for this once.
 * @throws NotFound without a file
 */
export function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: BrandFile | null | undefined,
): FastifyReply {
  if (!file) throw new NotFound();
  const isVersion = (request.query as { readonly v?: unknown }).v === file.version;
  return reply
    .type(file.type)
    .header('cache-control', isVersion ? 'public, max-age=31536000, immutable' : 'no-cache')
    .send(file.content);
}
