import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { html } from 'ghtml';
import { Type } from 'typebox';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { type Page, sendPageOrJson } from '../../platform/http/pages/page.ts';
import { TAGS } from '../representations/tags.ts';

/** A redirect URI for testing the flows. It shows the query; in a browser, also the fragment. */
export const testPageRoutes: FastifyPluginAsyncTypebox = async (app) => {
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
        scripts: ['show-fragment.js'],
        body: html`<pre id="received">${JSON.stringify(json, null, 2)}</pre>`,
      };
      return sendPageOrJson(request, reply, { page, json });
    },
  );
};
