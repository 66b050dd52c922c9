import type { FastifyInstance } from 'fastify';
import { html } from 'ghtml';
import { Type } from 'typebox';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import { type Page, sendPageOrJson } from '../../platform/http/pages/page.ts';

const showReceived = {
  operationId: 'showReceived',
  summary: 'Show what an application would receive',
  description:
    'A redirect URI for trying the flows: it shows its query, in a browser what is behind the # too.',
  tags: [TAGS.classicAuthorization],
  response: {
    200: Type.Record(Type.String(), Type.Unknown(), { description: 'The query, by parameter.' }),
  },
  errors: [NotAcceptable],
};

/** The documented redirect target for trying the flows: it shows what it got, in a browser that of the fragment too. */
export async function testPageRoutes(app: FastifyInstance): Promise<void> {
  app.get(
    '/test',
    { config: { entry: 'anyone', errorStyle: 'classic' }, schema: showReceived },
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
}
