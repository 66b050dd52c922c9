import { html } from 'ghtml';
import { Type } from 'typebox';
import { ERRORS_PAGE } from '../../platform/http/errors/problem-details.ts';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { JSON_OR_PAGE } from '../../platform/http/openapi/operation.ts';
import { assetRoutes } from '../../platform/http/pages/asset-routes.ts';
import { type Page, sendPageOrJson } from '../../platform/http/pages/page.ts';
import { pageContextOf } from '../../platform/http/pages/page-context.ts';
import { TAGS } from '../representations/tags.ts';
import { surface } from '../surface.ts';
import { TRY_IT_SCRIPTS, TRY_IT_STYLE } from './try-it-assets.ts';

const METADATA = '/.well-known/oauth-authorization-server';
const DEFINITION = '/openapi.json';
const REFERENCE = '/docs';

export interface WelcomeDeps {
  readonly publicUrl: string;
  /** @returns the demo page, to show instead of the plain one; undefined without demo data */
  readonly findDemoPage: (brand: string) => Promise<Page | undefined>;
}

/** The start page. */
export const welcomeRoutes = surface<WelcomeDeps>('welcome', async (app, { publicUrl, findDemoPage }) => {
  const json = {
    name: 'ClickToCall',
    metadata: `${publicUrl}${METADATA}`,
    definition: `${publicUrl}${DEFINITION}`,
  };
  await app.register(assetRoutes, { assets: [TRY_IT_STYLE, ...TRY_IT_SCRIPTS] });
  app.get(
    '/',
    {
      config: { entry: 'anyone' },
      schema: {
        operationId: 'showWelcome',
        summary: 'Show where to start',
        description: 'A page for browsers; the URLs of the documentation for programs.',
        tags: [TAGS.server],
        produces: JSON_OR_PAGE,
        response: {
          200: Type.Object(
            {
              name: Type.Literal('ClickToCall'),
              metadata: Type.String({
                format: 'uri',
                description: 'Metadata of the authorization server (RFC 8414).',
                examples: [`http://localhost:8888${METADATA}`],
              }),
              definition: Type.String({
                format: 'uri',
                description: 'Definition of the API, in OpenAPI 3.1.',
                examples: [`http://localhost:8888${DEFINITION}`],
              }),
            },
            { description: 'Where to start.' },
          ),
        },
        errors: [NotAcceptable],
      },
    },
    async (request, reply) => {
      const { name } = pageContextOf(request).brand;
      return sendPageOrJson(request, reply, { page: (await findDemoPage(name)) ?? welcomePage(name), json });
    },
  );
});

const welcomePage = (brand: string): Page => ({
  title: brand,
  body: html`
    <p>This server places phone calls for applications, with the permission of the people who call.</p>
    <p><a class="button" href="/account">My account</a></p>
    <p>See your calls, hang up, and remove access from applications.</p>
    <h2>For developers</h2>
    <ul>
      <li><a href="${REFERENCE}">API reference</a>, and <a href="${DEFINITION}">the API definition</a> in OpenAPI</li>
      <li><a href="${ERRORS_PAGE}">Errors</a>: what each one means, and when to retry</li>
      <li><a href="${METADATA}">Metadata of the authorization server</a>, for OAuth and OpenID Connect libraries</li>
    </ul>`,
});
