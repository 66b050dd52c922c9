import { Type } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { html } from 'ghtml';
import { TAGS } from './openapi/operation.ts';
import { sendPageOrJson } from './pages/page.ts';
import { NotAcceptable } from './representation.ts';

const METADATA = '/.well-known/oauth-authorization-server';
const DEFINITION = '/openapi.json';
const REFERENCE = '/docs';

const showWelcome = {
  operationId: 'showWelcome',
  summary: 'Say what this server is, and where to go on',
  description: 'A page for browsers; its addresses for programs.',
  tags: [TAGS.server],
  response: {
    200: Type.Object(
      {
        name: Type.Literal('ClickToCall'),
        metadata: Type.String({ format: 'uri', description: 'Of the authorization server (RFC 8414).' }),
        definition: Type.String({ format: 'uri', description: 'Of the API, in OpenAPI 3.1.' }),
      },
      { description: 'Where to go on.' },
    ),
  },
  errors: [NotAcceptable],
};

/** What somebody sees who opens the server's address by itself. */
export function welcomeRoutes(app: FastifyInstance, publicUrl: string): void {
  app.get('/', { config: { entry: 'anyone' }, schema: showWelcome }, async (request, reply) => {
    const page = {
      title: 'ClickToCall',
      body: html`
        <p>This server opens phone calls for applications, on behalf of people who allowed it.</p>
        <p>Applications find their way from <a href="${METADATA}">its metadata</a> and
          <a href="${DEFINITION}">the definition of its API</a>; people from <a href="${REFERENCE}">the reference</a>.
          The README says the rest.</p>`,
    };
    return sendPageOrJson(request, reply, {
      page,
      json: {
        name: 'ClickToCall',
        metadata: `${publicUrl}${METADATA}`,
        definition: `${publicUrl}${DEFINITION}`,
      },
    });
  });
}
