import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { accentOf, BRAND_IMAGES, type Brand, type BrandImage } from '../../core/brand/brand.ts';
import type { BrandService } from '../../core/brand/brand-service.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import { oneOf, textOrNull, texts } from '../../platform/http/openapi/values.ts';
import { pageImage } from '../brand/brand-pages.ts';
import { actorOf } from '../entry/actor.ts';
import { TAGS } from '../representations/tags.ts';
import { ImageContent, MAX_IMAGE_BODY, readImageContent } from './image-schemas.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminBrand];

const Link = Type.Object(
  {
    text: Type.String({ examples: ['Help desk'] }),
    url: Type.String({
      description: 'With `https:`, `http:`, `mailto:` or `tel:`.',
      examples: ['https://help.example.com/'],
    }),
  },
  { additionalProperties: false },
);

const settings = {
  name: textOrNull('The name of the company; null: pages say ClickToCall.', 'Smith & Sons'),
  accent: textOrNull('Colour of buttons and links, as `#rrggbb`; null: that of the product.', '#0b6253'),
  accentDark: textOrNull('The same for dark mode; null: derived from `accent`.', '#66d6bf'),
  support: Type.Union([Link, Type.Null()], { description: 'Link to help at the end of every page.' }),
  legal: Type.Array(Link, { description: 'Legal links at the end of every page, at most 6.' }),
};

const imageUrl = (description: string) => textOrNull(`URL of ${description}; null without one.`);

const AdminBrand = Type.Object(
  {
    ...settings,
    shownAccent: textOrNull('`accent` as pages show it in light mode, darkened if necessary.', '#0b6253'),
    shownAccentDark: textOrNull('The same in dark mode, lightened if necessary.', '#66d6bf'),
    logo: imageUrl('the logo'),
    logoDark: imageUrl('the logo for dark mode'),
    favicon: imageUrl('the icon'),
    fixed: texts('The properties that the configuration sets; they cannot be changed here.', []),
  },
  { title: 'Brand', description: 'The name, images, colours and links that pages show.' },
);

const Settings = Type.Partial(Type.Object(settings), { additionalProperties: false });
const ImageParams = Type.Object({ image: oneOf(BRAND_IMAGES, 'Which image.') });

interface AdminBrandDeps {
  readonly brands: BrandService;
  readonly publicUrl: string;
}

export const adminBrandRoutes: FastifyPluginAsyncTypebox<AdminBrandDeps> = async (
  app,
  { brands, publicUrl },
) => {
  function adminBrand(brand: Brand): Static<typeof AdminBrand> {
    const { name, accent, accentDark, support, legal } = brand;
    const urlOf = (image: BrandImage) => {
      const shown = pageImage(brand, image);
      return shown ? `${publicUrl}${shown.url}` : null;
    };
    return {
      ...{ name, accent, accentDark, support },
      legal: [...legal],
      shownAccent: accentOf(brand, 'light') ?? null,
      shownAccentDark: accentOf(brand, 'dark') ?? null,
      ...{ logo: urlOf('logo'), logoDark: urlOf('logoDark'), favicon: urlOf('favicon') },
      fixed: brands.fixed,
    };
  }

  app.get(
    '/admin/brand',
    {
      config,
      schema: {
        operationId: 'showBrand',
        summary: 'Show the brand',
        description: 'The brand, as administrators and the configuration have set it.',
        tags,
        response: { 200: answer(AdminBrand, 'The brand.') },
      },
    },
    async () => adminBrand(await brands.read()),
  );

  app.put(
    '/admin/brand',
    {
      config,
      schema: {
        operationId: 'setBrand',
        summary: 'Change the brand',
        description: 'Replaces the given settings. A property that is missing stays as it is.',
        tags,
        body: Settings,
        response: { 200: answer(AdminBrand, 'The brand.') },
      },
    },
    async (request) => adminBrand(await brands.change(request.body, actorOf(request))),
  );

  app.put(
    '/admin/brand/images/:image',
    {
      config,
      bodyLimit: MAX_IMAGE_BODY,
      schema: {
        operationId: 'setBrandImage',
        summary: 'Set or remove an image of the brand',
        description: 'The logo, the logo for dark mode, or the icon that browsers show beside the title.',
        tags,
        params: ImageParams,
        body: ImageContent,
        response: { 200: answer(AdminBrand, 'The brand.') },
      },
    },
    async (request) => {
      const content = readImageContent(request.body);
      return adminBrand(await brands.setImage(request.params.image, content, actorOf(request)));
    },
  );
};
