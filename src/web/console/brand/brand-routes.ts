import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { BRAND_IMAGES, type BrandImage } from '../../../core/brand/brand.ts';
import type { BrandService } from '../../../core/brand/brand-service.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { uploads } from '../../../platform/http/uploads.ts';
import { actorOf } from '../../entry/actor.ts';
import { isFormError, typedFields } from '../../form-errors.ts';
import { BRAND, BRAND_IMAGE } from '../addresses.ts';
import { DoneQuery } from '../forms.ts';
import { consolePage, errorPageIn } from '../frame.ts';
import { IMAGE_FORM, uploadedImage, uploadProblem } from '../image-form.ts';
import { BrandFields, brandBody, imageLabel, readBrandForm, type ShownBrand } from './brand-page.ts';

const params = Type.Object({ image: Type.Unsafe<BrandImage>({ enum: BRAND_IMAGES }) });
const Form = Type.Object(BrandFields);
const SAVED = `${BRAND}?done=saved`;

interface ConsoleBrandDeps {
  readonly brands: BrandService;
}

/** The brand: the name, images, colours and links that all pages show. */
export const consoleBrandRoutes: FastifyPluginAsyncTypebox<ConsoleBrandDeps> = async (app, { brands }) => {
  async function pageOf(
    request: FastifyRequest,
    shown: Pick<ShownBrand, 'done' | 'typed' | 'wrong'>,
  ): Promise<Page> {
    const body = brandBody({ brand: await brands.read(), fixed: brands.fixed, ...shown });
    return consolePage(request, { title: 'Brand', current: BRAND, wide: false, body });
  }

  const formErrorPage = errorPageIn(BRAND, async (error, request) =>
    isFormError(error)
      ? pageOf(request, { typed: typedFields(request.body), wrong: error.message })
      : undefined,
  );
  const imageErrorPage = errorPageIn(BRAND, async (error, request) => {
    const problem = uploadProblem(error);
    const { image } = request.params as { readonly image: BrandImage };
    return problem === undefined ? undefined : pageOf(request, { wrong: `${imageLabel(image)}: ${problem}` });
  });
  const config = { entry: 'console', errorPage: formErrorPage } as const;
  const imageConfig = { entry: 'console', errorPage: imageErrorPage } as const;

  app.get(BRAND, { config, schema: { hide: true, querystring: DoneQuery } }, async (request, reply) =>
    sendPage(reply, await pageOf(request, { done: request.query.done })),
  );

  app.post(BRAND, { config, schema: { hide: true, body: Form } }, async (request, reply) => {
    await brands.change(readBrandForm(request.body, brands.fixed), actorOf(request));
    return reply.redirect(SAVED, 303);
  });

  app.post(
    `${BRAND_IMAGE}/remove`,
    { config: imageConfig, schema: { hide: true, params } },
    async (request, reply) => {
      await brands.setImage(request.params.image, null, actorOf(request));
      return reply.redirect(SAVED, 303);
    },
  );

  const imageUploads: FastifyPluginAsyncTypebox = async (forImages) => {
    await forImages.register(uploads);
    forImages.post(
      BRAND_IMAGE,
      { config: imageConfig, schema: { ...IMAGE_FORM, params } },
      async (request, reply) => {
        await brands.setImage(request.params.image, uploadedImage(request.body), actorOf(request));
        return reply.redirect(SAVED, 303);
      },
    );
  };
  await app.register(imageUploads);
};
