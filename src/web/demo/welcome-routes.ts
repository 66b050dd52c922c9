import type { FastifyInstance } from 'fastify';
import { html } from 'ghtml';
import { Type } from 'typebox';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import { type Page, sendPageOrJson } from '../../platform/http/pages/page.ts';

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

/**
 * What somebody sees who opens the server's address by itself.
 * @param otherPage in place of the plain one, where there is another
 */
export function welcomeRoutes(
  app: FastifyInstance,
  publicUrl: string,
  otherPage: () => Promise<Page | undefined>,
): void {
  const json = {
    name: 'ClickToCall',
    metadata: `${publicUrl}${METADATA}`,
    definition: `${publicUrl}${DEFINITION}`,
  };
  app.get('/', { config: { entry: 'anyone' }, schema: showWelcome }, async (request, reply) =>
    sendPageOrJson(request, reply, { page: (await otherPage()) ?? welcomePage, json }),
  );
}

const welcomePage: Page = {
  title: 'ClickToCall',
  body: html`
    <p>This server opens phone calls for applications, on behalf of people who allowed it.</p>
    <p><a class="button" href="/account">My account</a></p>
    <p>There you see your calls, hang up, and withdraw what you allowed an application.</p>
    <h2>For developers</h2>
    <ul>
      <li><a href="${REFERENCE}">The reference of the API</a>, and <a href="${DEFINITION}">its definition</a> in OpenAPI</li>
      <li><a href="${METADATA}">The metadata of the authorization server</a>, from which applications find their way</li>
    </ul>`,
};
