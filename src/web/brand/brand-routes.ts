import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { BRAND_IMAGES } from '../../core/brand/brand.ts';
import type { BrandService } from '../../core/brand/brand-service.ts';
import type { ClientService } from '../../core/clients/client-service.ts';
import { MAX_CLIENT_ID_LENGTH } from '../../core/clients/document-client.ts';
import { conditionalRequests } from '../../platform/http/conditional-requests.ts';
import { NotFound } from '../../platform/http/errors/request-errors.ts';
import { ICON } from '../../platform/http/pages/assets.ts';
import { surface } from '../surface.ts';
import { BRAND_STYLE, type BrandFile, type BrandPages, CLIENT_LOGOS, IMAGE_PATHS } from './brand-pages.ts';

const ClientParams = Type.Object({ id: Type.String({ maxLength: MAX_CLIENT_ID_LENGTH }) });
const options = { config: { entry: 'anyone' }, schema: { hide: true } } as const;

export interface BrandRoutesDeps {
  readonly brands: Pick<BrandService, 'current'>;
  readonly pages: () => BrandPages;
  readonly clients: Pick<ClientService, 'findLogo'>;
}

/** The colours and the images of the brand, and the logos of clients. */
export const brandRoutes = surface<BrandRoutesDeps>('brand', async (app, { brands, pages, clients }) => {
  await app.register(conditionalRequests);

  app.get(BRAND_STYLE, options, async (request, reply) => sendFile(request, reply, pages().style));

  for (const image of BRAND_IMAGES)
    app.get(IMAGE_PATHS[image], options, async (request, reply) =>
      sendFile(request, reply, brands.current[image]),
    );

  app.get(
    `${CLIENT_LOGOS}/:id`,
    { ...options, schema: { hide: true, params: ClientParams } },
    async (request, reply) => sendFile(request, reply, await clients.findLogo(request.params.id)),
  );

  // For browsers that show a response other than a page.
  app.get('/favicon.ico', options, async (request, reply) =>
    sendFile(request, reply, brands.current.favicon ?? { ...ICON, version: '' }),
  );
});

/**
 * Browsers may keep a version forever. A node that does not know the version yet, or no longer, sends what it has, and browsers do not keep it.
 * @throws NotFound without a file
 */
function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: BrandFile | null | undefined,
): FastifyReply {
  if (!file) throw new NotFound();
  const { v } = request.query as { readonly v?: unknown };
  const isVersion = v === file.version && v !== '';
  return reply
    .type(file.type)
    .header('cache-control', isVersion ? 'public, max-age=31536000, immutable' : 'no-cache')
    .send(file.content);
}
