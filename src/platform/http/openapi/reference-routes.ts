import swaggerUi from '@fastify/swagger-ui';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { html } from 'ghtml';
import { Type } from 'typebox';
import { keepOpener } from '../opener-policy.ts';
import { renderBrand } from '../pages/page.ts';
import { type PageBrand, pageContextOf } from '../pages/page-context.ts';
import { SERVER_TAG } from './operation.ts';

/** Allows only this server's own scripts, styles and images, including data: images of the style sheet. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Swagger UI has a dark mode, but its switch exists in another layout only. */
const FOLLOW_COLOUR_SCHEME = `const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();
`;
/** Fixes dark text on a dark background in Swagger UI's dark mode. */
const CONTRAST = 'html.dark-mode .swagger-ui table.headers td { color: inherit }';

const BRAND_STYLE = `.brand { display: block; padding: 0.75rem 1rem; background: #ffffff; color: #17201f; font: 700 1rem system-ui, sans-serif; text-decoration: none }
.brand img { display: block; width: auto; max-width: 100%; height: 2rem; object-fit: contain }
html.dark-mode .brand { background: #1c2022; color: #e8eeed }
html.dark-mode .brand img:only-child { padding: 0.25rem; border-radius: 0.25rem; background: #ffffff }`;

/** The API definition for programs, and the API reference for people. */
export const referenceRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/openapi.json',
    {
      config: { entry: 'anyone' },
      schema: {
        operationId: 'getDefinition',
        summary: 'Get the API definition',
        description: 'This API definition in OpenAPI 3.1, generated from the routes of the server.',
        tags: [SERVER_TAG],
        response: {
          200: Type.Object(
            { openapi: Type.Literal('3.1.0') },
            { additionalProperties: true, description: 'The definition.' },
          ),
        },
      },
    },
    async (_request, reply) =>
      // For tools on other origins too: it contains nothing private.
      reply.header('access-control-allow-origin', '*').send(app.swagger() as { openapi: '3.1.0' }),
  );

  await app.register(async (docs) => {
    await docs.register(keepOpener); // its sign-in is a popup, which returns to a page of /docs
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, entry: 'anyone' };
    });
    docs.addHook('onSend', async (request, reply, payload) =>
      typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith('text/html')
        ? withBrand(payload, pageContextOf(request).brand)
        : payload,
    );
    await docs.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: POLICY,
      initOAuth: { usePkceWithAuthorizationCodeGrant: true },
      theme: {
        js: [{ filename: 'colour-scheme.js', content: FOLLOW_COLOUR_SCHEME }],
        css: [
          { filename: 'contrast.css', content: CONTRAST },
          { filename: 'brand.css', content: BRAND_STYLE },
        ],
      },
      uiConfig: { docExpansion: 'list', defaultModelsExpandDepth: 0, layout: 'BaseLayout' },
    });
  });
};

/** Swagger UI fixes its page at start, but the brand may change. */
function withBrand(page: string, brand: PageBrand): string {
  return page
    .replace(/<title>.*<\/title>/, () => html`<title>API reference · ${brand.name}</title>`)
    .replace(/(<link rel="icon"[^>]*>\s*)+/, () => html`<link rel="icon" href="${brand.icon}">`)
    .replace('<body>', () => `<body>${renderBrand(brand)}`);
}
