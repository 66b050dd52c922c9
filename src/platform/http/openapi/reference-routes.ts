import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { TAGS } from './operation.ts';

/** Nothing but this server's own scripts, styles and images (those written out in the style sheet too). */
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

/** The reference has a dark side, which its own switch turns on in another layout alone. */
const FOLLOW_COLOUR_SCHEME = `const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();
`;
/** What the library's own dark side leaves dark on dark. */
const CONTRAST = 'html.dark-mode .swagger-ui table.headers td { color: inherit }';

/** The definition of the API for programs, and a reference for people made from it. */
export async function referenceRoutes(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { config: { entry: 'anyone' }, schema: getDefinition }, async (_request, reply) =>
    // Tools of other origins read it too: nothing in it is anybody's.
    reply.header('access-control-allow-origin', '*').send(app.swagger()),
  );

  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, entry: 'anyone' };
    });
    await docs.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: POLICY,
      initOAuth: { usePkceWithAuthorizationCodeGrant: true },
      theme: {
        title: 'ClickToCall',
        js: [{ filename: 'colour-scheme.js', content: FOLLOW_COLOUR_SCHEME }],
        css: [{ filename: 'contrast.css', content: CONTRAST }],
      },
      uiConfig: { docExpansion: 'list', defaultModelsExpandDepth: 0, layout: 'BaseLayout' },
    });
  });
}

const getDefinition = {
  operationId: 'getDefinition',
  summary: 'Show this definition',
  description: 'The definition of the API in OpenAPI 3.1, made from what the server does.',
  tags: [TAGS.server],
  response: {
    200: Type.Object(
      { openapi: Type.Literal('3.1.0') },
      { additionalProperties: true, description: 'The definition.' },
    ),
  },
};
