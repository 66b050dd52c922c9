import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { html } from 'ghtml';
import { Type } from 'typebox';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { JSON_OR_PAGE } from '../../platform/http/openapi/operation.ts';
import { assetRoutes } from '../../platform/http/pages/asset-routes.ts';
import { readAsset } from '../../platform/http/pages/assets.ts';
import { type Page, sendPageOrJson } from '../../platform/http/pages/page.ts';
import { TAGS } from '../representations/tags.ts';

const SHOW_FRAGMENT = readAsset(new URL('assets/show-fragment.js', import.meta.url));

/** A redirect URI for testing the flows. It shows the query; in a browser, also the fragment. */
export const testPageRoutes: FastifyPluginAsyncTypebox = async (app) => {
  await app.register(assetRoutes, { assets: [SHOW_FRAGMENT] });
  app.get(
    '/test',
    {
      config: { entry: 'anyone', errorStyle: 'classic' },
      schema: {
        operationId: 'showReceived',
        summary: 'Show what an application would receive',
        description:
          'A redirect URI for testing the flows. It shows the query; in a browser, also the fragment.',
        tags: [TAGS.classicAuthorization],
        produces: JSON_OR_PAGE,
        response: {
          200: Type.Record(Type.String(), Type.Unknown(), { description: 'The query parameters.' }),
        },
        errors: [NotAcceptable],
      },
    },
    async (request, reply) => {
      const json = request.query as object;
      const page: Page = {
        title: 'What the application received',
        scripts: [SHOW_FRAGMENT],
        body: html`<pre id="received">${JSON.stringify(json, null, 2)}</pre>`,
      };
      return sendPageOrJson(request, reply, { page, json });
    },
  );
};
